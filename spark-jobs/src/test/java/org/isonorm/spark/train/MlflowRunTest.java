package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.mlflow.FakeMlflow;
import org.isonorm.spark.mlflow.FakeMlflow.Request;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Evaluation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowRunTest {
  private static SparkSession spark;

  @TempDir static Path shared;
  @TempDir Path folder;

  private FakeMlflow server;
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

  @BeforeAll
  static void startSpark() {
    spark = LocalSpark.session();
  }

  @BeforeEach
  void start() throws IOException {
    server = new FakeMlflow();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static IsonormConfig config(String... settings) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "run.name=tracked",
                "data.path=" + shared.resolve("synthetic"),
                "data.synthetic.train-examples=100",
                "data.synthetic.test-examples=50",
                "data.validation-examples=20",
                "network.name=resnet-8",
                "network.width=2",
                "training.epochs=2",
                "training.global-batch-size=20",
                "averaging.workers=2"));
    all.addAll(Arrays.asList(settings));
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), all));
  }

  private Evaluation train(IsonormConfig config, Path output, boolean resume) throws IOException {
    return TrainingJob.run(config, output, resume, spark, lines::add);
  }

  @Tag("long")
  @Test
  void aRunIsToldFromItsConfigurationToItsModel() throws IOException {
    Path output = folder.resolve("run");
    IsonormConfig config =
        config(
            "run.mlflow.tracking-uri=\"" + server.address() + "\"",
            "run.mlflow.experiment=cifar",
            "run.mlflow.run-name=first",
            "run.note=hello");
    Evaluation evaluation = train(config, output, false);

    JsonNode created = server.requests("/runs/create").get(0).json();
    assertThat(created.path("run_name").asText()).isEqualTo("first");
    assertThat(created.path("tags").toString())
        .contains("{\"key\":\"mlflow.note.content\",\"value\":\"hello\"}");
    JsonNode experiment = server.requests("/experiments/create").get(0).json();
    assertThat(experiment.path("name").asText()).isEqualTo("cifar");
    assertThat(experiment.at("/tags/0/key").asText()).isEqualTo("mlflow.experimentKind");
    assertThat(experiment.at("/tags/0/value").asText()).isEqualTo("custom_model_development");
    assertThat(server.parameters("run-1"))
        .containsEntry("network.name", "resnet-8")
        .containsEntry("training.epochs", "2")
        .doesNotContainKey("run.mlflow.tracking-uri");
    var metrics = server.metrics("run-1");
    assertThat(metrics.get("round/training loss")).hasSize(8);
    assertThat(metrics.get("epoch/validation accuracy"))
        .extracting(metric -> metric.path("step").asLong())
        .containsExactly(4L, 8L);
    assertThat(metrics.get("test/accuracy").get(0).path("value").asDouble())
        .isEqualTo(evaluation.top1Accuracy());
    for (String artifact : List.of("config.conf", "report.html", "model.zip", "metrics.csv")) {
      assertThat(server.requests("/artifacts/7/run-1/artifacts/" + artifact))
          .as(artifact)
          .hasSize(1);
    }
    assertThat(server.requests("/artifacts/config.conf").get(0).text())
        .isEqualTo(Files.readString(output.resolve("config.conf")));
    assertThat(status()).containsExactly("FINISHED");
    assertThat(lines)
        .contains(
            "MLflow shows the run at %s/#/experiments/7/runs/run-1".formatted(server.address()));
    JsonNode saved = new ObjectMapper().readTree(Files.readString(output.resolve("mlflow.json")));
    assertThat(saved.path("runId").asText()).isEqualTo("run-1");

    // It changes nothing of what is trained.
    train(config(), folder.resolve("untracked"), false);
    assertThat(model(output)).isEqualTo(model(folder.resolve("untracked")));

    // A run that goes on is the same run there.
    Files.delete(output.resolve("evaluation.json"));
    train(config, output, true);
    assertThat(server.requests("/runs/create")).hasSize(1);
    assertThat(status()).containsExactly("FINISHED", "RUNNING", "FINISHED");
  }

  private List<String> status() {
    return server.requests("/runs/update").stream()
        .map(Request::json)
        .map(update -> update.path("status").asText())
        .toList();
  }

  private static byte[] model(Path run) throws IOException {
    return FlatParameters.toBytes(Checkpoint.load(run.resolve("model.zip")).graph().params());
  }

  @Tag("long")
  @Test
  void aRunThatFailsIsAFailedRunThere() throws IOException {
    IsonormConfig config =
        config("run.mlflow.tracking-uri=\"" + server.address() + "\"", "training.loss-bound=0.001");
    assertThatThrownBy(() -> train(config, folder.resolve("run"), false))
        .hasMessageStartingWith("Training diverged");
    assertThat(status()).containsExactly("FAILED");
  }

  @Tag("long")
  @Test
  void aServerThatIsGoneStopsNothing() throws IOException {
    server.close();
    IsonormConfig config = config("run.mlflow.tracking-uri=\"" + server.address() + "\"");
    train(config, folder.resolve("run"), false);
    assertThat(folder.resolve("run/model.zip")).isRegularFile();
    assertThat(lines.stream().filter(line -> line.contains("it cannot be reached")))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("Cannot track the run at "))
        .anyMatch(line -> line.endsWith("(its folder has them)"));
  }
}
