package org.isonorm.spark.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import scala.Option;

class SparkSessionsTest {
  private static final int MORE_THAN_ANY_MACHINE_HAS = 100_000;

  @Test
  void withoutAMasterSparkRunsHereWithATaskSlotForEveryWorker() {
    SparkConf conf = SparkSessions.prepare(submitted(), "app", Map.of(), MORE_THAN_ANY_MACHINE_HAS);

    assertThat(conf.get("spark.master")).isEqualTo("local[100000]");
    assertThat(conf.get("spark.app.name")).isEqualTo("app");
    assertThat(conf.get("spark.ui.enabled")).isEqualTo("false");
    assertThat(conf.get("spark.driver.host")).isEqualTo("127.0.0.1");
    assertThat(conf.get("spark.driver.bindAddress")).isEqualTo("127.0.0.1");
  }

  @Test
  void withoutAMasterSparkUsesEveryCore() {
    assertThat(SparkSessions.prepare(submitted(), "app", Map.of(), 1).get("spark.master"))
        .isEqualTo("local[%d]", Runtime.getRuntime().availableProcessors());
  }

  @Test
  void aSubmittedMasterStaysAndKeepsItsAddressesAndItsUserInterface() {
    SparkConf conf =
        SparkSessions.prepare(
            submitted().set("spark.master", "spark://host:7077").set("spark.app.name", "mine"),
            "app",
            Map.of(),
            4);

    assertThat(conf.get("spark.master")).isEqualTo("spark://host:7077");
    assertThat(conf.get("spark.app.name")).isEqualTo("mine");
    assertThat(conf.contains("spark.ui.enabled")).isFalse();
    assertThat(conf.contains("spark.driver.host")).isFalse();
  }

  @Test
  void aProcessThatWasStoppedForLongDoesNotHoldItselfToBeLost() {
    for (String master : List.of("local", "local[2]")) {
      assertThat(heartbeatTimeout(master))
          .hasValueSatisfying(
              millis -> assertThat(millis).isGreaterThan(TimeUnit.DAYS.toMillis(365)));
    }
    // Executors of their own must be noticed when they fall silent.
    for (String master : List.of("local-cluster[2,1,1024]", "spark://host:7077", "yarn")) {
      assertThat(heartbeatTimeout(master)).isEmpty();
    }
  }

  /** What Spark's driver goes by before spark.network.timeout, in milliseconds. */
  private static Optional<Long> heartbeatTimeout(String master) {
    SparkConf conf =
        SparkSessions.prepare(submitted().set("spark.master", master), "app", Map.of(), 1);
    Option<Object> timeout =
        conf.get(
            org.apache.spark.internal.config.package$.MODULE$
                .STORAGE_BLOCKMANAGER_HEARTBEAT_TIMEOUT());
    return timeout.isEmpty() ? Optional.empty() : Optional.of((Long) timeout.get());
  }

  @Test
  void whatSparkSubmitSetGoesBeforeTheConfigurationBeforeTheDefaults() {
    SparkConf conf =
        SparkSessions.prepare(
            submitted().set("spark.executor.memory", "8g"),
            "app",
            Map.of("spark.executor.memory", "4g", "spark.shuffle.compress", "true"),
            1);

    assertThat(conf.get("spark.executor.memory")).isEqualTo("8g");
    assertThat(conf.get("spark.shuffle.compress")).isEqualTo("true");
    assertThat(conf.get("spark.broadcast.compress")).isEqualTo("false");
  }

  @Test
  void anotherSerializerIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                SparkSessions.prepare(
                    submitted(),
                    "app",
                    Map.of("spark.serializer", "org.apache.spark.serializer.KryoSerializer"),
                    1))
        .withMessage(
            "Invalid spark.serializer: org.apache.spark.serializer.KryoSerializer (must be"
                + " org.apache.spark.serializer.JavaSerializer, which networks need; leave it"
                + " out)");
  }

  @Test
  void speculationIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                SparkSessions.prepare(
                    submitted().set("spark.speculation", "true"), "app", Map.of(), 1))
        .withMessageStartingWith("Invalid spark.speculation: true (must be false, since ");
  }

  @Test
  void executorsMayUseTheirHeapAndTheOverhead() {
    SparkConf conf =
        SparkSessions.prepare(
            submitted()
                .set("spark.master", "spark://host:7077")
                .set("spark.executor.memoryOverhead", "3g"),
            "app",
            Map.of(),
            1);

    assertThat(conf.get("spark.executor.defaultJavaOptions"))
        .contains("-Dorg.bytedeco.javacpp.maxphysicalbytes=4096m")
        .contains("--add-modules=jdk.incubator.vector");
    assertThat(conf.get("spark.executorEnv.MALLOC_TOP_PAD_")).isEqualTo("268435456");
    assertThat(conf.get("spark.executorEnv.GOMP_SPINCOUNT")).isEqualTo("10000");
    assertThat(conf.get("spark.executorEnv.LC_ALL")).isEqualTo("C.UTF-8");
    assertThat(conf.get("spark.executor.killOnFatalError.depth")).isEqualTo("0");
    assertThat(conf.get("spark.plugins")).isEqualTo(NativeLibrariesPlugin.class.getName());
    assertThat(SparkSessions.prepare(submitted(), "app", Map.of(), 1).getExecutorEnv().isEmpty())
        .isTrue();
  }

  private static SparkConf submitted() {
    return new SparkConf(false);
  }
}
