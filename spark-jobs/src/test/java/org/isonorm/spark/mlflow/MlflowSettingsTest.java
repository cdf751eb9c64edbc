package org.isonorm.spark.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isonorm.spark.config.MlflowConfig;
import org.junit.jupiter.api.Test;

class MlflowSettingsTest {
  private static final MlflowConfig NONE = new MlflowConfig("", "isonorm", "");

  private static Optional<MlflowSettings> settings(MlflowConfig config, Map<String, String> env) {
    return MlflowSettings.of(
        config,
        "run",
        env,
        note -> {
          throw new AssertionError(note);
        });
  }

  @Test
  void noServerIsNamedByDefault() {
    assertThat(settings(NONE, Map.of())).isEmpty();
    assertThat(settings(NONE, Map.of("MLFLOW_TRACKING_URI", " "))).isEmpty();
  }

  @Test
  void theConfigurationGoesBeforeTheEnvironment() {
    Map<String, String> environment = Map.of("MLFLOW_TRACKING_URI", "http://other:5000/");
    assertThat(settings(NONE, environment))
        .contains(
            new MlflowSettings(
                URI.create("http://other:5000"), Optional.empty(), "isonorm", "run"));
    assertThat(settings(new MlflowConfig("https://host/prefix/", "cifar", "first"), environment))
        .contains(
            new MlflowSettings(
                URI.create("https://host/prefix"), Optional.empty(), "cifar", "first"));
  }

  @Test
  void credentialsComeFromMlflowsVariablesOrTheAddress() {
    MlflowSettings ofAddress =
        settings(NONE, Map.of("MLFLOW_TRACKING_URI", "http://ada:secret@host:1")).orElseThrow();
    MlflowConfig config = new MlflowConfig("http://host:1", "isonorm", "");
    assertThat(ofAddress.server()).isEqualTo(URI.create("http://host:1"));
    assertThat(ofAddress.authorization()).contains("Basic YWRhOnNlY3JldA==");
    assertThat(
            settings(
                    config,
                    Map.of("MLFLOW_TRACKING_USERNAME", "bob", "MLFLOW_TRACKING_PASSWORD", "pass"))
                .orElseThrow()
                .authorization())
        .contains("Basic Ym9iOnBhc3M=");
    assertThat(settings(config, Map.of("MLFLOW_TRACKING_TOKEN", "t")).orElseThrow().authorization())
        .contains("Bearer t");
  }

  @Test
  void aPasswordDoesNotStandInTheConfiguration() {
    assertThatThrownBy(() -> new MlflowConfig("http://ada:secret@host:1", "isonorm", ""))
        .hasMessageContaining("http://(withheld)@host:1 (must hold no user and password;")
        .hasMessageNotContaining("secret");
  }

  @Test
  void addressesThatAreNoServersAreRefused() {
    for (String bad : new String[] {"databricks", "file:/tmp/mlruns", "http://", "a b"}) {
      assertThatThrownBy(() -> new MlflowConfig(bad, "isonorm", ""))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Invalid run.mlflow.tracking-uri: %s (must be the address of an MLflow server, as in http://localhost:5000)"
                  .formatted(bad));
    }
  }

  @Test
  void aVariableForOtherProgramsStopsNoRun() {
    List<String> notes = new ArrayList<>();
    assertThat(
            MlflowSettings.of(NONE, "run", Map.of("MLFLOW_TRACKING_URI", "databricks"), notes::add))
        .isEmpty();
    assertThat(notes)
        .containsExactly(
            "Invalid MLFLOW_TRACKING_URI: databricks (must be the address of an MLflow server, as in http://localhost:5000); MLflow is not told of this run");
  }
}
