package org.isonorm.spark.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark.hadoop.fs.s3a.access.key = hunter2",
        "spark.hadoop.fs.s3a.secret.key = hunter2",
        "spark.hadoop.fs.s3a.session.token = hunter2",
        "spark.hadoop.fs.azure.account.key.store.dfs.core.windows.net = hunter2",
        "spark.hadoop.fs.azure.sas.container.store = hunter2",
        "spark.hadoop.fs.gs.auth.service.account.private.key = hunter2",
        "spark.ssl.keyPassword = hunter2",
        "spark.executorEnv.AWS_SECRET_ACCESS_KEY = hunter2",
        "spark.executor.extraJavaOptions = -Xss1m -Djavax.net.ssl.trustStorePassword=hunter2",
        "spark.yarn.dist.files = hdfs://me:hunter2@host/file",
      })
  void noSecretIsRendered(String setting) {
    String key = setting.substring(0, setting.indexOf(' '));
    String value = setting.substring(setting.indexOf("= ") + 2);
    IsonormConfig config =
        IsonormConfig.load(
            Optional.empty(),
            List.of(
                "spark.properties.\"%s\"=\"%s\"".formatted(key, value),
                "spark.properties.\"spark.hadoop.fs.s3a.endpoint\"=storage.example"));

    assertThat(config.renderWithoutSecrets())
        .doesNotContain("hunter2")
        .contains("# Withheld: spark.properties.\"" + key + "\"")
        .contains("storage.example");
    assertThat(Secrets.withhold(config.render())).doesNotContain("hunter2");
    assertThat(Secrets.withhold(key, value)).isEqualTo("(withheld)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spark.executor.memory",
        "spark.hadoop.fs.s3a.endpoint",
        "spark.serializer",
        "spark.task.maxFailures"
      })
  void whatIsNoSecretIsShown(String key) {
    assertThat(Secrets.withhold(key, "abfs://container@account/x")).contains("container@account");
  }

  @Test
  void aPathWithAPasswordIsRefusedWithoutSayingIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                IsonormConfig.load(
                    Optional.empty(), List.of("data.path=\"s3a://KEY:hunter2@bucket/cifar\"")))
        .withMessageContaining("data.path: s3a://(withheld)@bucket/cifar (must not hold a password")
        .withMessageNotContaining("hunter2");
  }
}
