package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.isonorm.init.Equilibrium;
import org.isonorm.init.Equilibrium.Averaging;
import org.isonorm.init.NormPropagation;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.NormsTable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

class NormsMonitorTest {
  /** Sums of float32 taken in another order by the two kernels' threads. */
  private static final double ROUNDING = 1e-5;

  @TempDir static Path shared;
  @TempDir Path folder;

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = LocalSpark.session();
  }

  /** Ten rounds of two workers, five an epoch. */
  private static IsonormConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.path=" + shared.resolve("synthetic"),
                "data.synthetic.train-examples=120",
                "data.synthetic.test-examples=30",
                "data.validation-examples=20",
                "network.name=resnet-8",
                "network.width=4",
                "training.epochs=2",
                "training.global-batch-size=20",
                "training.threads-per-worker=1",
                "training.norms-every-rounds=4",
                "averaging.workers=2"));
    all.addAll(Arrays.asList(settings));
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), all));
  }

  @Tag("long")
  @Test
  void everySoManyRoundsHaveTheirRowsBesideTheStart() throws IOException {
    TrainingJob.run(config(), folder.resolve("run"), false, spark, line -> {});
    List<String> lines = lines("run");

    assertThat(lines.get(0)).isEqualTo("round,layer,name,value");
    Map<String, Long> counts =
        lines.stream()
            .skip(1)
            .map(line -> line.split(",", -1)[0])
            .collect(Collectors.groupingBy(round -> round, Collectors.counting()));
    // Eight layers with weights, 26 figures each, but for the first layer's beta, and two at the
    // start.
    assertThat(counts).isEqualTo(Map.of("0", 223L, "4", 207L, "8", 207L));
  }

  /** Weights before batch normalization; λ = 2e-4, α = .9 and Nesterov are the defaults. */
  @Tag("long")
  @Test
  void weightsMoveBesideTheirEquilibrium() throws IOException {
    TrainingJob.run(
        config("optimizer.schedule=constant"), folder.resolve("run"), false, spark, line -> {});
    Equilibrium equilibrium = new Equilibrium(.1, 2e-4, .9, true);

    for (int round : new int[] {0, 4, 8}) {
      assertThat(value("run", round, "stem", "equilibriumRotation"))
          .isEqualTo(equilibrium.rotation(), within(ROUNDING));
      assertThat(value("run", round, "stem", "equilibriumSteps"))
          .isEqualTo(1250, within(1250 * ROUNDING));
      assertThat(value("run", round, "stem", "gradientRadialShare")).isBetween(-.01, .01);
      assertThat(value("run", round, "classifier", "equilibriumNorm")).isNaN();
      assertThat(value("run", round, "classifier", "rotation")).isPositive();
      assertThat(value("run", round, "stem", "normToEquilibrium"))
          .isEqualTo(
              value("run", round, "stem", "weightNorm")
                  / value("run", round, "stem", "equilibriumNorm"),
              within(ROUNDING));
    }
    // Every step is a round here.
    assertThat(value("run", 0, "stem", "roundRotation")).isNaN();
    assertThat(value("run", 4, "stem", "equilibriumRoundRotation") / equilibrium.rotation())
        .isEqualTo(1, within(ROUNDING));
    double ratio = value("run", 0, "stem", "normToEquilibrium");
    assertThat(value("run", 0, "stem", "warmupFraction") * ratio * ratio)
        .isEqualTo(1, within(ROUNDING));
    assertThat(value("run", 0, "stem", "warmupSteps"))
        .isEqualTo(
            5000 * Math.log((1 + ratio * ratio) / 2) / (1 - 1 / (ratio * ratio)), within(.1));
    assertThat(value("run", 0, "classifier", "warmupSteps")).isNaN();
    // Without velocity the first step is the first gradient's, by η(1 + α).
    double gradient = value("run", 0, "stem", "gradientNorm");
    double norm = value("run", 0, "stem", "weightNorm");
    assertThat(Math.tan(value("run", 0, "stem", "rotation")) / (.19 * gradient / norm))
        .isEqualTo(1, within(1e-3));
  }

  @Tag("long")
  @Test
  void theStartIsWhatTheDiagnosisShows() throws IOException {
    IsonormConfig config = config();
    TrainingJob.run(config, folder.resolve("run"), false, spark, line -> {});
    NormPropagation diagnosed = NormDiagnosis.open(config, spark, 20).measure(config).norms();

    NormsTable.Row stem = NormsTable.rows(diagnosed, .1).get(0);
    for (Map.Entry<String, Double> expected : stem.figures().entrySet()) {
      assertThat(value("run", 0, "stem", expected.getKey()) / expected.getValue())
          .as(expected.getKey())
          .isEqualTo(1, within(ROUNDING));
    }
  }

  /** Two workers, rounds of the five steps of an epoch, and a stop between them. */
  @Tag("long")
  @Test
  void aRoundTurnsTheAverage() throws IOException {
    IsonormConfig config =
        config(
            "averaging.frequency=5",
            "training.norms-every-rounds=1",
            "optimizer.schedule=constant");
    TrainingJob.trainOnly(config, folder.resolve("run"), 1, spark, 1, line -> {});
    INDArray before = stem("run");
    TrainingJob.trainOnly(config, folder.resolve("run"), 2, spark, 1, line -> {});
    INDArray after = stem("run");
    Equilibrium equilibrium = new Equilibrium(.1, 2e-4, .9, true);

    double cosine =
        before.mul(after).sumNumber().doubleValue()
            / (before.norm2Number().doubleValue() * after.norm2Number().doubleValue());
    assertThat(Math.cos(value("run", 2, "stem", "roundRotation")))
        .isEqualTo(cosine, within(ROUNDING));
    assertThat(cosine).isLessThan(1 - 100 * ROUNDING);
    assertThat(value("run", 2, "stem", "equilibriumRoundRotation") / equilibrium.rotation(5))
        .isEqualTo(1, within(ROUNDING));
    // ω by the gradient of the global batch, which both workers share.
    double gradient = value("run", 2, "stem", "gradientNorm");
    double length = value("run", 2, "stem", "weightNorm");
    assertThat(
            value("run", 2, "stem", "equilibriumNorm")
                / equilibrium.norm(Math.pow(gradient * length, 2), new Averaging(2, 5)))
        .isEqualTo(1, within(ROUNDING));
  }

  private INDArray stem(String run) throws IOException {
    return Checkpoint.load(folder.resolve(run).resolve("checkpoints/last.zip"))
        .graph()
        .getParam("stem_W");
  }

  /** With a decay that follows the rate, ω is that of the full rate even in a warmup. */
  @Tag("long")
  @Test
  void theStartIsComparedAtTheRateBeforeTheSchedule() throws IOException {
    String warmup = "optimizer.warmup-epochs=1";
    TrainingJob.trainOnly(config("training.epochs=1"), folder.resolve("at"), 1, spark, 1, x -> {});
    TrainingJob.trainOnly(
        config("training.epochs=1", warmup, "optimizer.decay-schedule=with-rate"),
        folder.resolve("with-rate"),
        1,
        spark,
        1,
        line -> {});

    for (String figure : List.of("warmupFraction", "warmupSteps", "equilibriumNorm")) {
      assertThat(value("with-rate", 0, "stem", figure) / value("at", 0, "stem", figure))
          .as(figure)
          .isEqualTo(1, within(ROUNDING));
    }
    // A fifth of the rate and of the decay.
    assertThat(value("with-rate", 0, "stem", "equilibriumSteps")).isEqualTo(31250, within(.1));
  }

  @Tag("long")
  @Test
  void watchingChangesNothing() throws IOException {
    TrainingJob.run(config(), folder.resolve("watched"), false, spark, line -> {});
    TrainingJob.run(
        config("training.norms-every-rounds=0"), folder.resolve("alone"), false, spark, line -> {});

    assertThat(parameters("watched")).isEqualTo(parameters("alone"));
    assertThat(folder.resolve("alone/norms.csv")).doesNotExist();
  }

  @Tag("long")
  @Test
  void aResumedRunHasTheRowsOfAnUndisturbedOne() throws IOException {
    IsonormConfig config = config("training.norms-every-rounds=2");
    TrainingJob.run(config, folder.resolve("whole"), false, spark, line -> {});
    TrainingJob.trainOnly(config, folder.resolve("parts"), 1, spark, 1, line -> {});
    Path file = folder.resolve("parts/norms.csv");
    Files.writeString(file, Files.readString(file) + "8,stem,alpha,1\n8,stem,be");
    TrainingJob.trainOnly(config, folder.resolve("parts"), 2, spark, 1, line -> {});

    assertThat(lines("parts")).isEqualTo(lines("whole"));
  }

  @Tag("long")
  @Test
  void aTrialInOneTaskLogsThemToo() throws IOException {
    IsonormConfig config = config("averaging.workers=1", "training.norms-every-rounds=1");
    TrainingJob.run(config, folder.resolve("averaged"), false, spark, line -> {});
    try (TrialTraining training = TrialTraining.inTasks(spark, 2)) {
      training.prepare(config);
      training.inOneTask(config, folder.resolve("task"), 2);
    }

    // A round of a task has up to 25 steps, and both of them are an epoch of five here.
    String ofRounds = ",equilibriumRoundRotation,";
    assertThat(rows("task", 0).stream().filter(row -> !row.contains(ofRounds)))
        .isEqualTo(rows("averaged", 0).stream().filter(row -> !row.contains(ofRounds)).toList());
    assertThat(value("task", 0, "stem", "equilibriumRoundRotation"))
        .isEqualTo(new Equilibrium(.1, 2e-4, .9, true).rotation(25), within(ROUNDING));
    assertThat(value("task", 2, "classifier", "weightNorm"))
        .isEqualTo(value("averaged", 10, "classifier", "weightNorm"));
  }

  @Test
  void theStockEngineIsRefused() {
    assertThatThrownBy(
            () ->
                TrainingJob.run(
                    config("averaging.engine=dl4j"), folder.resolve("run"), false, spark, x -> {}))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith(
            "Unsupported: training.norms-every-rounds = 4 with averaging.engine = dl4j");
  }

  private List<String> lines(String run) throws IOException {
    return Files.readAllLines(folder.resolve(run).resolve("norms.csv"));
  }

  private List<String> rows(String run, int round) throws IOException {
    return lines(run).stream().filter(line -> line.startsWith(round + ",")).toList();
  }

  private double value(String run, int round, String layer, String name) throws IOException {
    String start = "%d,%s,%s,".formatted(round, layer, name);
    return lines(run).stream()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
        .findFirst()
        .orElseThrow();
  }

  private byte[] parameters(String run) throws IOException {
    return FlatParameters.toBytes(
        Checkpoint.load(folder.resolve(run).resolve("checkpoints/last.zip")).graph().params());
  }
}
