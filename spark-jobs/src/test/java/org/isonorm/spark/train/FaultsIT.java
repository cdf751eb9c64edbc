package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.averaging.AveragingSettings;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.cluster.IsonormProcess;
import org.isonorm.spark.cluster.IsonormProcess.Ended;
import org.isonorm.spark.data.ResidentDataSets;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.jobs.JobFailedException;
import org.isonorm.spark.jobs.JobWatch;
import org.isonorm.spark.session.SparkSessions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Faults of processes, each tried on a standalone cluster: signals to executors, a worker and the
 * driver in the middle of a round, and executors that run out of memory. docs/faults.md lists them
 * with those of {@link FaultsTest}. Run by {@code mvn verify -Pcluster}.
 */
@TestMethodOrder(OrderAnnotation.class)
class FaultsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Well into a round that takes half a second or more. */
  private static final long INTO_THE_ROUND_MILLISECONDS = 300;

  /** More than an executor may lag behind before it is named, less than makes it lost. */
  private static final long LAG_MILLISECONDS = 3_000;

  private static final int MEBIBYTE = 1 << 20;

  @TempDir static Path folder;

  private static String master;
  private static List<ProcessHandle> workers;

  @BeforeAll
  static void start() throws Exception {
    Ended started =
        IsonormProcess.run(
            folder,
            "cluster",
            "start",
            "--folder",
            at("cluster"),
            "--workers=2",
            "--cores=1",
            "--memory=2g",
            "--port=0",
            "--json");
    assertThat(started.exitCode()).as(started.err()).isZero();
    master = JSON.readTree(started.out()).get("master").asText();
    workers = new ArrayList<>();
    for (JsonNode process :
        JSON.readTree(folder.resolve("cluster/cluster.json").toFile()).get("processes")) {
      if (process.get("role").asText().startsWith("worker")) {
        workers.add(ProcessHandle.of(process.get("pid").asLong()).orElseThrow());
      }
    }
    Ended drawn =
        IsonormProcess.run(
            folder,
            "ingest",
            "--dataset=synthetic",
            "--train-examples=680",
            "--test-examples=50",
            "--out",
            at("synthetic"));
    assertThat(drawn.exitCode()).as(drawn.err()).isZero();
    // What executors of a cluster train is the same: ClusterIT.
    Ended undisturbed = train("undisturbed", "--master=local[2]").end();
    assertThat(undisturbed.exitCode()).as(undisturbed.err()).isZero();
  }

  @AfterAll
  static void stop() throws Exception {
    IsonormProcess.run(folder, "cluster", "stop", "--folder", at("cluster"));
  }

  @Test
  @Order(1)
  void aSlowExecutorIsNamedASilentOneReplacedAndALostOneCostsItsPartOfARound() throws Exception {
    IsonormProcess run =
        train(
            "lost-executors",
            "--master",
            master,
            // Executors that start on a busy machine are not silent, and answer late.
            "--set=spark.properties.\"spark.network.timeout\"=30s",
            "--set=spark.properties.\"spark.storage.blockManagerHeartbeatTimeoutMs\"=12s",
            "--set=spark.properties.\"spark.network.timeoutInterval\"=1s",
            "--set=spark.properties.\"spark.executor.heartbeatInterval\"=1s");
    midRound(run, 1);
    ProcessHandle stopped = executor(0);
    signal("STOP", stopped);
    Thread.sleep(LAG_MILLISECONDS);
    signal("CONT", stopped);
    midRound(run, 2);
    signal("STOP", stopped);
    run.awaitWords("Lost executor");
    signal("CONT", stopped);
    midRound(run, 4);
    signal("KILL", executor(1));

    endsAsUndisturbed(run, "lost-executors");
    assertThat(run.end().err())
        .containsPattern(
            "Slow: worker \\d on executor \\d \\(127.0.0.1\\) took [\\d.]+ s to finish round \\d, [\\d.]+ s more than the others")
        .containsPattern("Lost executor \\d: Executor heartbeat timed out after \\d+ ms")
        .containsPattern(
            "Lost executor \\d: .*(137|disconnected).*; its tasks start again elsewhere");
  }

  @Test
  @Order(2)
  void anExecutorOutOfHeapSaysSo() {
    assertThatThrownBy(
            () ->
                readShards(
                    Map.of(),
                    () -> {
                      List<byte[]> kept = new ArrayList<>();
                      while (kept.size() < Integer.MAX_VALUE) {
                        kept.add(new byte[16 * MEBIBYTE]);
                      }
                    }))
        .isInstanceOf(JobFailedException.class)
        .hasMessageStartingWith("Cannot read the training examples: worker 1 on executor ")
        .hasMessageContaining("out of ")
        .hasMessageContaining("raise spark.executor.memory");
  }

  @Test
  @Order(3)
  void anExecutorOutOfMemoryForArraysSaysSo() {
    assertThatThrownBy(
            () ->
                readShards(
                    Map.of("spark.executor.memoryOverhead", "384m"),
                    () -> {
                      List<INDArray> kept = new ArrayList<>();
                      while (kept.size() < Integer.MAX_VALUE) {
                        kept.add(Nd4j.ones(16 * MEBIBYTE));
                      }
                    }))
        .isInstanceOf(JobFailedException.class)
        .hasMessageStartingWith("Cannot read the training examples: worker 1 on executor ")
        .hasMessageContaining("out of memory: ")
        .hasMessageContaining("raise spark.executor.memoryOverhead");
  }

  /** Last, because it leaves one worker. */
  @Test
  @Order(4)
  void aKilledDriverAHangingRoundAndALostWorkerProcessAreGoneOnFrom() throws Exception {
    IsonormProcess killed = train("killed", "--master", master);
    // By then the first checkpoint is written for certain.
    midRound(killed, 2);
    killed.kill();

    IsonormProcess hanging =
        train("killed", "--master", master, "--resume", "--set=averaging.round-timeout-seconds=30");
    midRound(hanging, 3);
    ProcessHandle hung = executor(0);
    signal("STOP", hung);
    Ended timedOut = hanging.end();
    // The cluster's worker puts an end to it, so that its processor is free again.
    hung.onExit().get(1, TimeUnit.MINUTES);
    assertThat(timedOut.exitCode()).isEqualTo(1);
    assertThat(timedOut.err())
        .contains("Resuming ")
        .containsPattern(
            "isonorm: Cannot finish round \\d within 30 s: worker \\d on executor \\d \\(127.0.0.1\\) has not answered for \\d+\\.\\d s, the other took \\d+\\.\\d s \\(see its log; if it needs that long raise averaging.round-timeout-seconds; go on with --resume\\)");

    IsonormProcess run = train("killed", "--master", master, "--resume");
    midRound(run, 4);
    signal("KILL", workers.get(1));

    endsAsUndisturbed(run, "killed");
    assertThat(run.end().err()).contains("Lost executor ");
  }

  /** Does something on worker 1's executor, as its shard is read there. */
  private static void readShards(Map<String, String> properties, Fault fault) {
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .set("spark.executor.extraJavaOptions", IsonormProcess.SHORT_LIVED)
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.task.maxFailures", "2");
    try (JavaSparkContext spark =
            new JavaSparkContext(SparkSessions.prepare(conf, "faults", properties, 2));
        JobWatch watch =
            new JobWatch(
                spark,
                new JobWatch.Timeout(120, "raise averaging.round-timeout-seconds"),
                new CopyOnWriteArrayList<String>()::add);
        ParameterAveragingMaster training =
            new ParameterAveragingMaster(
                new AveragingSettings(1, 2, 1),
                OptimizerSettings.nesterov(0.1, 0.9, 0),
                step -> 0.1,
                (shard, hadoop) -> {
                  if (shard.worker() == 1) {
                    fault.happen();
                  }
                  return new ResidentDataSets(shard.worker(), TinyNetworks.batches(1, 2, 1));
                })) {
      training.runJobsWith(watch);
      List<String> shards =
          ShardReference.split("none", Split.TRAIN, new PositionRange(0, 4), 2).stream()
              .map(ShardReference::toString)
              .toList();
      new SparkComputationGraph(spark, TinyNetworks.plain(), training)
          .fitPaths(spark.parallelize(shards, 2));
    }
  }

  /** What happens to an executor. */
  @FunctionalInterface
  private interface Fault extends java.io.Serializable {
    void happen();
  }

  /** Two workers of 80 images a step, a residual network, six rounds with a checkpoint each. */
  private static IsonormProcess train(String run, String... more) throws IOException {
    return IsonormProcess.train(
        folder,
        run,
        List.of(
            "--set=training.epochs=6",
            "--set=training.global-batch-size=160",
            "--set=averaging.frequency=4"),
        more);
  }

  /** Waits until a round has begun after so many epochs of one round each. */
  private static void midRound(IsonormProcess run, int epochs) throws Exception {
    run.awaitWords("epoch %d/6 done".formatted(epochs));
    Thread.sleep(INTO_THE_ROUND_MILLISECONDS);
  }

  private static void endsAsUndisturbed(IsonormProcess run, String name) throws Exception {
    Ended ended = run.end();
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    for (String entry : List.of("coefficients.bin", "isonorm-velocity.bin")) {
      assertThat(entry(name, entry)).as(entry).isEqualTo(entry("undisturbed", entry));
    }
  }

  /** The bytes of a file of a run's last checkpoint. */
  private static byte[] entry(String run, String name) throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(folder.resolve(run).resolve("checkpoints/last.zip"))) {
      return Files.readAllBytes(zip.getPath(name));
    }
  }

  /** The executor process of a worker process. */
  private static ProcessHandle executor(int worker) {
    return workers.get(worker).descendants().findFirst().orElseThrow();
  }

  private static void signal(String name, ProcessHandle process) throws Exception {
    int exit =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    assertThat(exit).as("kill -%s", name).isZero();
  }

  private static String at(String name) {
    return folder.resolve(name).toString();
  }
}
