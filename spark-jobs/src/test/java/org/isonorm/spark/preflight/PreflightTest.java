package org.isonorm.spark.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.plan.PlanMemory;
import org.isonorm.network.plan.StepPlan;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.jobs.JobTimeoutException;
import org.isonorm.spark.train.LocalSpark;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreflightTest {
  private static final long MEBIBYTE = 1 << 20;
  private static final ExecutorReport DRIVER = report("driver", 4096, "onednn", "17.0.9");
  private static final MemoryDemand SMALL =
      new MemoryDemand(MEBIBYTE, 2 * MEBIBYTE, MEBIBYTE, 0, MEBIBYTE, 0, 0, 0, 0);

  @TempDir Path folder;

  private static ExecutorReport report(String name, long heap, String kernels, String java) {
    return new ExecutorReport(
        name,
        "host-" + name,
        heap * MEBIBYTE,
        8192 * MEBIBYTE,
        4,
        "3.5.9",
        "2.12.18",
        java,
        kernels,
        "CpuBackend",
        0,
        0,
        "spark",
        "");
  }

  private static List<Preflight.Check> checks(
      SparkConf conf, MemoryDemand memory, ExecutorReport... executors) {
    return Preflight.checks(
        new Preflight.Cluster(
            conf.get("spark.master", "spark://host:7077"),
            conf,
            executors.length,
            DRIVER,
            List.of(executors)),
        new Preflight.Needs(
            executors.length,
            "averaging.workers",
            1,
            memory,
            new Residency(false, memory, "resident, 1 MiB an executor", "data.residence = auto"),
            List.of("file:/data/cifar10")));
  }

  private static List<String> problems(List<Preflight.Check> checks) {
    return checks.stream().map(Preflight.Check::problem).filter(p -> !p.isEmpty()).toList();
  }

  private static SparkConf conf() {
    return new SparkConf(false);
  }

  @Test
  void whatFitsIsShownAndPasses() {
    List<Preflight.Check> checks =
        checks(
            conf(),
            SMALL,
            report("0", 1024, "onednn", "17.0.9"),
            report("1", 1024, "onednn", "17.0.9"));

    assertThat(problems(checks)).isEmpty();
    assertThat(Preflight.table(checks))
        .anyMatch(line -> line.matches("task slots +2 on 2 executors +2 \\(averaging.workers\\)"))
        .anyMatch(line -> line.matches("kernels +onednn on 2 executors +the same on all"))
        .anyMatch(line -> line.contains("executor heap") && line.contains("1,024 MiB each"));
  }

  @Test
  void anExecutorsHeapIsComparedWithTheStatesThatPassThroughIt() {
    // 400 MiB of parameters are 800 of state: one that is sent, and one that a worker returns.
    MemoryDemand large =
        new MemoryDemand(
            400 * MEBIBYTE, 2 * 400 * MEBIBYTE, MEBIBYTE, 0, 10 * MEBIBYTE, 0, 0, 0, 0);

    List<Preflight.Check> checks = checks(conf(), large, report("0", 1024, "onednn", "17.0.9"));

    assertThat(problems(checks))
        .contains(
            "Invalid spark.executor.memory: 1,024 MiB of heap on executor 0 (host-0), but its 1"
                + " worker need 1,910 MiB (set spark.executor.memory to at least 2000m, or use more"
                + " executors)");
    assertThat(Preflight.table(checks)).anyMatch(line -> line.endsWith("<- does not fit"));
  }

  @Test
  void shardsMustFitIntoTheStorageMemoryThatKeepsThem() {
    MemoryDemand shards =
        new MemoryDemand(MEBIBYTE, 2 * MEBIBYTE, MEBIBYTE, 0, 500 * MEBIBYTE, 0, 0, 0, 0);

    assertThat(problems(checks(conf(), shards, report("0", 1024, "onednn", "17.0.9"))))
        .containsExactly(
            "Invalid spark.executor.memory: 435 MiB of storage memory on executor 0, but the shards"
                + " of its 1 worker take 500 MiB (set spark.executor.memory to at least 1200m, or"
                + " use more executors)");
  }

  @Test
  void examplesAreResidentWhereTheyFitAndStreamedWhereTheyDoNot() {
    MemoryDemand shards =
        new MemoryDemand(MEBIBYTE, 2 * MEBIBYTE, MEBIBYTE, 0, 500 * MEBIBYTE, 0, 0, 0, 0);
    DataConfig auto = IsonormConfig.load(Optional.empty(), List.of()).data();

    // (2048 · .95 - 300) · .6 = 987 MiB of storage hold one shard, and no two.
    Residency one =
        Residency.of(auto, shards, 40 * MEBIBYTE, Residency.Room.ofExecutor("2g", 0.6, 1));
    Residency two =
        Residency.of(auto, shards, 40 * MEBIBYTE, Residency.Room.ofExecutor("2g", 0.6, 2));

    assertThat(one.streamed()).isFalse();
    assertThat(one.sentence())
        .isEqualTo(
            "examples: resident, 500 MiB an executor (data.residence = auto: the heap is 1,946 MiB)");
    assertThat(one.memory()).isEqualTo(shards);
    assertThat(two.streamed()).isTrue();
    assertThat(two.sentence())
        .isEqualTo(
            "examples: streamed in windows of 2,048, 80 MiB an executor (data.residence = auto:"
                + " resident they take 1,000 MiB, and the heap is 1,946 MiB)");
    assertThat(problems(checks(conf(), two.memory(), report("0", 512, "onednn", "17.0.9"))))
        .isEmpty();
    assertThat(Preflight.table(checks(conf(), SMALL, report("0", 512, "onednn", "17.0.9"))))
        .anyMatch(line -> line.matches("examples +resident, 1 MiB an executor +data.residence.*"));
  }

  @Test
  void theKeyForcesEither() {
    Residency.Room room = Residency.Room.ofExecutor("1g", 0.6, 1);
    DataConfig streamed =
        IsonormConfig.load(Optional.empty(), List.of("data.residence=streamed")).data();
    DataConfig resident =
        IsonormConfig.load(Optional.empty(), List.of("data.residence=resident")).data();
    MemoryDemand large =
        new MemoryDemand(MEBIBYTE, 2 * MEBIBYTE, MEBIBYTE, 0, 5000 * MEBIBYTE, 0, 0, 0, 0);

    assertThat(Residency.of(streamed, SMALL, MEBIBYTE, room).streamed()).isTrue();
    assertThat(Residency.of(resident, large, MEBIBYTE, room).streamed()).isFalse();
    assertThat(
            problems(
                checks(
                    conf(),
                    Residency.of(resident, large, MEBIBYTE, room).memory(),
                    report("0", 1024, "onednn", "17.0.9"))))
        .isNotEmpty();
  }

  @Test
  void arraysOutsideTheHeapMustFitIntoTheOverheadOfAContainer() {
    MemoryDemand arrays =
        new MemoryDemand(10 * MEBIBYTE, 2 * 10 * MEBIBYTE, 600 * MEBIBYTE, 0, MEBIBYTE, 0, 0, 0, 0);
    ExecutorReport executor = report("0", 2048, "onednn", "17.0.9");

    assertThat(problems(checks(conf(), arrays, executor))).isEmpty();
    assertThat(problems(checks(conf().set("spark.master", "yarn"), arrays, executor)))
        .containsExactly(
            "Invalid spark.executor.memoryOverhead: 384 MiB, but the arrays of 1 worker take 630"
                + " MiB outside the heap (set spark.executor.memoryOverhead to at least 700m, or"
                + " lower training.global-batch-size)");
    assertThat(
            problems(checks(conf().set("spark.executor.memoryOverhead", "1g"), arrays, executor)))
        .isEmpty();
  }

  @Test
  void aMachineMustHoldAllItsExecutors() {
    MemoryDemand arrays =
        new MemoryDemand(MEBIBYTE, 2 * MEBIBYTE, 9000 * MEBIBYTE, 0, MEBIBYTE, 0, 0, 0, 0);

    assertThat(problems(checks(conf(), arrays, report("0", 1024, "onednn", "17.0.9"))))
        .singleElement()
        .asString()
        .startsWith("Invalid number of executors: the machine host-0 has 8,192 MiB of memory, but");
  }

  @Test
  void kernelsMustBeTheSameOnEveryExecutor() {
    assertThat(
            problems(
                checks(
                    conf(),
                    SMALL,
                    report("0", 1024, "nd4j", "17.0.9"),
                    report("1", 1024, "onednn", "17.0.9"))))
        .singleElement()
        .asString()
        .contains("nd4j on 1 executor, onednn on 1 executor", "log of executor 0");
  }

  @Test
  void versionsMustBeTheDriversButForPatches() {
    assertThat(problems(checks(conf(), SMALL, report("0", 1024, "onednn", "17.0.2")))).isEmpty();
    assertThat(problems(checks(conf(), SMALL, report("0", 1024, "onednn", "21.0.1"))))
        .singleElement()
        .asString()
        .contains("executor 0 (host-0) has Spark 3.5.9, Scala 2.12.18, Java 21.0.1");
  }

  @Test
  void dataThatAnExecutorCannotReadIsNamedWithHostUserAndRemedy() {
    ExecutorReport one = report("0", 1024, "onednn", "17.0.9");
    ExecutorReport other =
        new ExecutorReport(
            "1",
            "host-1",
            1024 * MEBIBYTE,
            8192 * MEBIBYTE,
            4,
            "3.5.9",
            "2.12.18",
            "17.0.9",
            "onednn",
            "CpuBackend",
            0,
            0,
            "nobody",
            "there is no file:/data/cifar10");

    List<Preflight.Check> checks = checks(conf(), SMALL, one, other);

    assertThat(problems(checks))
        .containsExactly(
            "Invalid data.path: file:/data/cifar10 cannot be read on executor 1 (host-1, user"
                + " nobody): there is no file:/data/cifar10 (put it where every executor reads it"
                + " by the same path, such as HDFS, S3 or a shared folder, and let that user read"
                + " it)");
    assertThat(Preflight.table(checks))
        .anyMatch(
            line -> line.matches("data readable +on 1 of 2 executors +on all  <- does not fit"));
  }

  @Test
  void aClusterWithoutExecutorsIsToldFromOneWithTooFew() {
    assertThat(TaskSlots.tooFew("spark://host:7077", false, 2, 0, 60))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot run on spark://host:7077: no executor has started within 60 s (other"
                + " applications may hold its cores, or no worker has as much memory free as"
                + " spark.executor.memory and spark.executor.memoryOverhead ask for; its web page"
                + " shows both)");
    assertThat(TaskSlots.tooFew("spark://host:7077", false, 3, 1, 60))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid averaging.workers: 3 (spark://host:7077 has 1 task slot after 60 s; set"
                + " averaging.workers to at most 1, or give Spark more, as in --master"
                + " spark://host:7077 with more executors or cores)");
  }

  @Test
  void executorsThatAreLateAreNotHeldToBeUnfit() {
    JobTimeoutException late = new JobTimeoutException("Cannot ask within 120 s", null);
    assertThat(Preflight.refusal("spark://host:7077", late)).isSameAs(late);
    assertThat(Preflight.refusal("spark://host:7077", new IllegalStateException("no class")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Invalid cluster spark://host:7077: an executor cannot run this program: ")
        .hasMessageContainingAll("no class", "(executors need Spark 3.5.9, Scala 2.12");
  }

  @Tag("long")
  @Test
  void aDataSetIsReadableWhereEveryFileOfItIs() throws IOException {
    Path data = Path.of(config().data().path());
    DataAccess access =
        new DataAccess(
            List.of(data.toString()), new SerializableConfiguration(new Configuration()));
    Path test;
    try (Stream<Path> files = Files.list(data.resolve("test"))) {
      test = files.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }

    assertThat(access.problem()).isEmpty();
    Files.deleteIfExists(test.resolveSibling("." + test.getFileName() + ".crc"));
    Files.write(test, new byte[0]);
    assertThat(access.problem()).isEqualTo("file:%s is empty".formatted(test));
    Files.move(data.resolve("test"), data.resolve("elsewhere"));
    assertThat(access.problem()).isEqualTo("there is no " + data.resolve("test"));
    Files.move(data, data.resolveSibling("elsewhere"));
    assertThat(access.problem()).isEqualTo("there is no " + data);
  }

  @Test
  void aDataSetOfAnotherUsersIsForbiddenNotMissing() throws IOException {
    Path secret = Files.createDirectory(folder.resolve("secret"));
    Path data = Files.createDirectory(secret.resolve("data"));
    Files.setPosixFilePermissions(secret, Set.of());
    assumeFalse(
        Files.isExecutable(secret), "PreflightTest is skipped: root may enter every folder");
    DataAccess access =
        new DataAccess(
            List.of(data.toString()), new SerializableConfiguration(new Configuration()));
    assertThat(access.problem()).isEqualTo("permission denied on " + data);
  }

  @Test
  void assignedGpusNeedAJarThatUsesThem() {
    ExecutorReport assigned =
        new ExecutorReport(
            "0",
            "host-0",
            1 << 30,
            1L << 33,
            4,
            "3.5.9",
            "2.12.18",
            "17",
            "onednn",
            "CpuBackend",
            0,
            1,
            "spark",
            "");
    ExecutorReport unassigned =
        new ExecutorReport(
            "0",
            "host-0",
            1 << 30,
            1L << 33,
            4,
            "3.5.9",
            "2.12.18",
            "17",
            "nd4j",
            "CudaBackend",
            4,
            0,
            "spark",
            "");

    assertThat(problems(checks(conf(), SMALL, assigned)))
        .singleElement()
        .asString()
        .contains(
            "spark.task.resource.gpu.amount: 1, but executor 0 (host-0) computes on CpuBackend");
    assertThat(problems(checks(conf(), SMALL, unassigned)))
        .singleElement()
        .asString()
        .contains("computes on 4 GPUs (set it and spark.executor.resource.gpu.amount to 1");
  }

  @Test
  void localTrainingWithTooLargeANetworkStopsWithTheNumbers() {
    SparkSession spark = LocalSpark.session();
    MemoryDemand huge =
        new MemoryDemand(100_000 * MEBIBYTE, 2 * 100_000 * MEBIBYTE, 0, 0, 0, 0, 0, 0, 0);
    List<String> lines = new ArrayList<>();

    assertThatThrownBy(
            () ->
                Preflight.run(
                    new JavaSparkContext(spark.sparkContext()),
                    2,
                    new Preflight.Needs(
                        2,
                        "averaging.workers",
                        1,
                        huge,
                        new Residency(false, huge, "resident", "auto"),
                        List.of()),
                    lines::add))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Invalid heap")
        .hasMessageContaining("1,400,300 MiB")
        .hasMessageContaining("ISONORM_HEAP");
    assertThat(lines).anyMatch(line -> line.startsWith("heap") && line.endsWith("does not fit"));
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"resnet-8", "vgg-11", "densenet-10", "wrn-10-1"})
  void activationsAreEstimatedFromAboveByLessThanAHalf(String network) throws Exception {
    int batch = 8;
    IsonormConfig config =
        config("network.name=" + network, "training.global-batch-size=" + 2 * batch);
    TrainingData data = TrainingData.open(config.data(), LocalSpark.session());
    NetworkDefinition definition = config.networkDefinition();
    MemoryDemand demand = MemoryDemand.ofAveraging(config, definition, data);

    var graph = Networks.build(definition);
    graph.initGradientsView();
    try (PlanMemory memory = new PlanMemory();
        StepPlan plan =
            StepPlan.of(
                graph,
                new long[] {batch, 32, 32, 3},
                KernelProvider.kernels(),
                Precision.FLOAT32,
                memory)) {
      assertThat(demand.activations()).isBetween(plan.bytes(), plan.bytes() * 3 / 2);
    }
    assertThat(demand.parameters()).isEqualTo(graph.numParams() * Float.BYTES);
    assertThat(demand.arrays(2))
        .isEqualTo(2 * (3 * demand.parameters() + demand.activations() + demand.scratch()));
    assertThat(demand.state()).isEqualTo(2 * demand.parameters());
    MemoryDemand adamW =
        MemoryDemand.ofAveraging(
            config("network.name=" + network, "optimizer.method=adamw"), definition, data);
    assertThat(adamW.state()).isEqualTo(3 * demand.parameters());
    IsonormConfig lookahead = config("network.name=" + network, "optimizer.lookahead.steps=5");
    assertThat(MemoryDemand.ofAveraging(lookahead, definition, data).driverHeap())
        .as("the averages before a round and after it")
        .isEqualTo(demand.driverHeap() + 2 * demand.parameters());
    MemoryDemand trial = MemoryDemand.ofTrial(config("network.name=" + network), definition, data);
    IsonormConfig ema = config("network.name=" + network, "optimizer.ema-decay=0.9");
    assertThat(MemoryDemand.ofTrial(ema, definition, data).executorHeap(2))
        .isEqualTo(trial.executorHeap(2) + 2 * 4 * demand.parameters());
    // 60 training and 40 test images (more than the 20 for validation), half of them a worker's.
    assertThat(demand.shard()).isEqualTo((60 + 40) * (3072 + 12) / 2);
  }

  private IsonormConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.path=" + folder.resolve("synthetic"),
                "data.synthetic.train-examples=80",
                "data.synthetic.test-examples=40",
                "data.validation-examples=20",
                "averaging.workers=2"));
    all.addAll(Arrays.asList(settings));
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), all));
  }
}
