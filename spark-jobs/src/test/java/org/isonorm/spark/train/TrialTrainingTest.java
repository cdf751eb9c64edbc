package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.InitializationPlan;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.EpochMetrics;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.StartGamma;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrialTrainingTest {
  /** Scales of tensors when float32 sums are shared among another number of threads. */
  private static final double OTHER_THREADS = 1e-4;

  @TempDir static Path shared;
  @TempDir Path folder;

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = LocalSpark.session();
  }

  /** One worker, 100 training images in batches of 20, a tiny residual network. */
  private static IsonormConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.path=" + shared.resolve("synthetic"),
                "data.synthetic.train-examples=140",
                "data.synthetic.test-examples=30",
                "data.validation-examples=40",
                "network.name=resnet-8",
                "network.width=4",
                "augmentation.cutout=8",
                "training.epochs=2",
                "training.global-batch-size=20",
                "training.threads-per-worker=1",
                "averaging.workers=1"));
    all.addAll(Arrays.asList(settings));
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), all));
  }

  private void inOneTask(IsonormConfig config, Path run, int epochs) throws IOException {
    try (TrialTraining training = TrialTraining.inTasks(spark, 2)) {
      training.prepare(config);
      training.inOneTask(config, run, epochs);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "streamed"})
  void aRunInOneTaskEqualsOneWorkerThatAveragesEveryStep(String residence) throws IOException {
    IsonormConfig config = config("data.residence=" + residence, "data.shuffle-window=30");
    TrainingJob.run(config, folder.resolve("averaged"), false, spark, line -> {});
    inOneTask(config, folder.resolve("task"), 2);

    assertThat(parameters("task", "last")).isEqualTo(parameters("averaged", "last"));
    assertThat(parameters("task", "best")).isEqualTo(parameters("averaged", "best"));
    assertThat(Files.readString(folder.resolve("task/initialization.csv")))
        .isEqualTo(Files.readString(folder.resolve("averaged/initialization.csv")));
    assertThat(epochs("task")).hasSize(2).isEqualTo(epochs("averaged"));
    // No look at the test split.
    assertThat(folder.resolve("task/evaluation.json")).doesNotExist();
  }

  @Tag("long")
  @Test
  void aTunedStartIsTheSameInOneTask() throws IOException {
    IsonormConfig config =
        config("initialization.rule=gradinit", "initialization.tuning={iterations=2,batch-size=8}");
    TrainingJob.trainOnly(config, folder.resolve("averaged"), 1, spark, 2, line -> {});
    inOneTask(config, folder.resolve("task"), 1);

    List<String> task = Files.readAllLines(folder.resolve("task/tuning.csv"));
    List<String> averaged = Files.readAllLines(folder.resolve("averaged/tuning.csv"));
    assertThat(task).hasSameSizeAs(averaged);
    for (int row = 1; row < task.size(); row++) {
      double expected = Double.parseDouble(averaged.get(row).split(",", -1)[3]);
      assertThat(Double.parseDouble(task.get(row).split(",", -1)[3]))
          .isCloseTo(expected, within(OTHER_THREADS));
    }
    assertThat(folder.resolve("task/tuning-steps.csv")).isRegularFile();
  }

  /** γ is measured on the global batch, whoever trains, by how many workers and engine. */
  @Tag("long")
  @Test
  void aStartAtEquilibriumIsTheSameWhoeverTrains() throws IOException {
    String gamma = "initialization.init-gamma=equilibrium";
    List<String> lines = new ArrayList<>();
    TrainingJob.trainOnly(config(gamma), folder.resolve("averaged"), 1, spark, 2, lines::add);
    inOneTask(config(gamma), folder.resolve("task"), 1);
    TrainingJob.trainOnly(
        config(gamma, "averaging.workers=2", "averaging.engine=dl4j", "averaging.frequency=3"),
        folder.resolve("stock"),
        1,
        spark,
        2,
        line -> {});
    inOneTask(config(gamma + "-global"), folder.resolve("global"), 1);

    assertThat(lines)
        .anyMatch(
            line ->
                line.matches(
                    "Equilibrium init-gamma by the gradients of 8 batches of 20: .* to .* over 7"
                        + " layers, geometric mean .* \\(equilibrium.csv\\)"));
    List<StartGamma> own = gammas("averaged");
    assertThat(own)
        .hasSize(7)
        .allMatch(row -> row.initGamma() == row.equilibriumGamma().getAsDouble());
    for (String run : List.of("task", "stock", "global")) {
      List<StartGamma> others = gammas(run);
      for (int i = 0; i < own.size(); i++) {
        assertThat(others.get(i).layer()).isEqualTo(own.get(i).layer());
        assertThat(others.get(i).equilibriumGamma().getAsDouble() / own.get(i).initGamma())
            .as(run)
            .isCloseTo(1, within(OTHER_THREADS));
      }
    }
    double mean =
        Math.exp(
            own.stream().mapToDouble(row -> Math.log(row.initGamma())).average().getAsDouble());
    assertThat(gammas("global"))
        .allMatch(row -> Math.abs(row.initGamma() / mean - 1) < OTHER_THREADS);
    // Var(w) = 2/(γ m), of 4 channels of 3×3 and of 16.
    List<String> start = Files.readAllLines(folder.resolve("averaged/initialization.csv"));
    assertThat(Double.parseDouble(start.get(1).split(",", -1)[6]) * own.get(0).initGamma())
        .isCloseTo(2. / 36, within(OTHER_THREADS));
    assertThat(Double.parseDouble(start.get(7).split(",", -1)[6]) * own.get(6).initGamma())
        .isCloseTo(2. / 144, within(OTHER_THREADS));
  }

  private List<StartGamma> gammas(String run) throws IOException {
    return StartGamma.TABLE.read(folder.resolve(run).resolve("equilibrium.csv"), "layer");
  }

  @Tag("long")
  @Test
  void aRunThatStoppedEarlyGoesOnAsIfItHadNot() throws IOException {
    IsonormConfig config = config();
    inOneTask(config, folder.resolve("whole"), 2);
    inOneTask(config, folder.resolve("parts"), 1);
    assertThat(EpochMetrics.of(folder.resolve("parts"))).hasSize(1);
    inOneTask(config, folder.resolve("parts"), 2);

    assertThat(parameters("parts", "last")).isEqualTo(parameters("whole", "last"));
    assertThat(parameters("parts", "best")).isEqualTo(parameters("whole", "best"));
    assertThat(epochs("parts")).isEqualTo(epochs("whole"));
  }

  @Tag("long")
  @Test
  void aDataParallelRunIsTheTrainingCommandsWithoutItsTest() throws IOException {
    IsonormConfig config = config("averaging.workers=2", "averaging.frequency=3");
    TrainingJob.run(config, folder.resolve("command"), false, spark, line -> {});
    try (TrialTraining training = TrialTraining.dataParallel(spark, 1, 2)) {
      training.prepare(config);
      training.dataParallel(config, folder.resolve("trial"), 1, line -> {});
      assertThat(EpochMetrics.of(folder.resolve("trial"))).hasSize(1);
      training.dataParallel(config, folder.resolve("trial"), 2, line -> {});
    }

    assertThat(parameters("trial", "last")).isEqualTo(parameters("command", "last"));
    assertThat(epochs("trial")).isEqualTo(epochs("command"));
    assertThat(folder.resolve("trial/evaluation.json")).doesNotExist();
    assertThat(folder.resolve("trial/model.zip")).doesNotExist();
  }

  /** What has no learning rate stays as it began, and what has one does not. */
  @Tag("long")
  @Test
  void overridesHoldInEveryMode() throws IOException {
    String[] settings = {
      "optimizer.overrides=[{layers = \"stage1.*\", learning-rate = 0}, {kind = classifier,"
          + " learning-rate-factor = 2}]",
      "run.sample-predictions=0"
    };
    IsonormConfig config = config(settings);
    inOneTask(config, folder.resolve("task"), 2);
    TrainingJob.run(config, folder.resolve("averaged"), false, spark, line -> {});
    assertThat(parameters("task", "last")).isEqualTo(parameters("averaged", "last"));
    List<String> two = new ArrayList<>(List.of(settings));
    two.addAll(List.of("averaging.workers=2", "averaging.frequency=3"));
    IsonormConfig parallel = config(two.toArray(String[]::new));
    TrainingJob.run(parallel, folder.resolve("parallel"), false, spark, line -> {});
    inOneTask(config("optimizer.overrides=[]"), folder.resolve("plain"), 2);

    assertThat(parameters("plain", "last")).isNotEqualTo(parameters("task", "last"));
    NetworkDefinition definition = config.networkDefinition();
    ComputationGraph start = Networks.build(definition);
    GraphInitializer.initialize(
        start,
        InitializationPlan.of(Networks.topology(definition), config.initializationOf(definition)),
        config.run().seed());
    for (String run : List.of("task", "averaged", "parallel")) {
      ComputationGraph end =
          Checkpoint.load(folder.resolve(run).resolve("checkpoints/last.zip")).graph();
      start
          .paramTable()
          .forEach(
              (name, values) -> {
                boolean running = name.endsWith("_mean") || name.endsWith("_var");
                assertThat(end.getParam(name).equals(values))
                    .as("%s of %s", name, run)
                    .isEqualTo(name.startsWith("stage1.") && !running);
              });
    }
  }

  /** Batch normalization, its running statistics and the moving average included. */
  @Tag("long")
  @Test
  void frozenLayersStayAsTheyBeganInEveryModeAndAfterAPause() throws IOException {
    String[] settings = {
      "optimizer.frozen=[\"stem*\", \"stage1.*\"]",
      "optimizer.ema-decay=.8",
      "optimizer.clip-norm=1",
      "training.norms-every-rounds=2"
    };
    IsonormConfig config = config(settings);
    inOneTask(config, folder.resolve("task"), 1);
    inOneTask(config, folder.resolve("task"), 2);
    TrainingJob.trainOnly(config, folder.resolve("averaged"), 2, spark, 1, line -> {});
    assertThat(checkpoint("averaged", "last").model().parameters())
        .isEqualTo(checkpoint("task", "last").model().parameters());
    assertThat(parameters("averaged", "last")).isEqualTo(parameters("task", "last"));
    List<String> two = new ArrayList<>(List.of(settings));
    two.addAll(List.of("averaging.workers=2", "averaging.frequency=3", "averaging.transport=bf16"));
    IsonormConfig parallel = config(two.toArray(String[]::new));
    TrainingJob.trainOnly(parallel, folder.resolve("parallel"), 2, spark, 1, line -> {});

    NetworkDefinition definition = config.networkDefinition();
    ComputationGraph start = Networks.build(definition);
    GraphInitializer.initialize(
        start,
        InitializationPlan.of(Networks.topology(definition), config.initializationOf(definition)),
        config.run().seed());
    for (String run : List.of("task", "parallel")) {
      ModelState model = checkpoint(run, "last").model();
      for (byte[] state : List.of(model.parameters(), model.average())) {
        ComputationGraph end = Networks.build(definition);
        FlatParameters.copyFrom(state, end.params());
        start
            .paramTable()
            .forEach(
                (name, values) ->
                    assertThat(end.getParam(name).equals(values))
                        .as("%s of %s", name, run)
                        .isEqualTo(name.startsWith("stem") || name.startsWith("stage1.")));
      }
    }
  }

  /** A network that stays as it began is never better than after its first epoch. */
  private static final String[] STANDSTILL = {
    "optimizer.frozen=[\"stem*\", \"stage*\"]", "optimizer.learning-rate=1e-30"
  };

  @Tag("long")
  @Test
  void trainingEndsEarlyWithTheBestEpochAsItsResult() throws IOException {
    IsonormConfig config =
        config(
            STANDSTILL[0],
            STANDSTILL[1],
            "training.epochs=6",
            "training.patience=2",
            "run.sample-predictions=0");
    List<String> lines = new ArrayList<>();
    Evaluation evaluation =
        TrainingJob.run(config, folder.resolve("run"), false, spark, lines::add);

    assertThat(evaluation.validation().bestEpoch()).isEqualTo(1);
    assertThat(EpochMetrics.of(folder.resolve("run"))).hasSize(3);
    assertThat(lines)
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains(
                        "Stopped early after epoch 3 of 6: for 2 epochs no validation accuracy"
                            + " above the ",
                        "% of epoch 1 (training.patience = 2)"));
    assertThat(
            FlatParameters.toBytes(
                Checkpoint.load(folder.resolve("run/model.zip")).graph().params()))
        .isEqualTo(parameters("run", "best"));
    assertThat(Files.readString(folder.resolve("run/report.html")))
        .contains(
            "Stopped early: 3 of 6 epochs, since no validation accuracy was above that of epoch 1"
                + " for 2 epochs (training.patience = 2)");

    lines.clear();
    TrainingJob.run(config, folder.resolve("run"), true, spark, lines::add);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).contains("is finished: nothing is trained");
    // Killed before its evaluation was written.
    Files.delete(folder.resolve("run/evaluation.json"));
    TrainingJob.run(config, folder.resolve("run"), true, spark, lines::add);
    assertThat(EpochMetrics.of(folder.resolve("run"))).hasSize(3);

    inOneTask(config, folder.resolve("task"), 2);
    inOneTask(config, folder.resolve("task"), 6);
    assertThat(epochs("task")).isEqualTo(epochs("run"));
    inOneTask(config, folder.resolve("task"), 6);
    assertThat(EpochMetrics.of(folder.resolve("task"))).hasSize(3);
  }

  @Tag("long")
  @Test
  void theRateFallsWhereTheAccuracyNoLongerRisesInEveryModeAndAfterAPause() throws IOException {
    String[] settings = {
      "optimizer.schedule=plateau",
      "optimizer.plateau={factor=.5,patience=0,threshold=1e6,least-learning-rate=.03}",
      "training.epochs=5"
    };
    IsonormConfig config = config(settings);
    TrainingJob.trainOnly(config, folder.resolve("averaged"), 5, spark, 1, line -> {});
    inOneTask(config, folder.resolve("task"), 3);
    inOneTask(config, folder.resolve("task"), 5);

    List<EpochMetrics> epochs = EpochMetrics.of(folder.resolve("task"));
    assertThat(epochs.get(0).validationAccuracy()).isPositive();
    double[] rates = {.1, .1, .05, .03, .03};
    for (int i = 0; i < rates.length; i++) {
      assertThat(epochs.get(i).learningRate()).isCloseTo(rates[i], within(1e-12));
    }
    assertThat(epochs("averaged")).isEqualTo(epochs("task"));
    assertThat(parameters("averaged", "last")).isEqualTo(parameters("task", "last"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "training.patience=3 | Invalid training.patience: 3 (must be 0 without validation examples;"
            + " set data.validation-examples)",
        "optimizer.schedule=plateau | Invalid optimizer.schedule: plateau (needs validation"
            + " examples; set data.validation-examples)"
      })
  void whatLooksAtTheValidationAccuracyNeedsValidationExamples(String setting, String message) {
    IsonormConfig config = config("data.validation-examples=0", setting);
    assertThatThrownBy(() -> inOneTask(config, folder.resolve("task"), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> TrainingJob.check(config, folder.resolve("run"), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Tag("long")
  @Test
  void adamWIsTheSameInEveryModeAndAfterAPause() throws IOException {
    String[] settings = {
      "optimizer.method=adamw",
      "optimizer.learning-rate=.002",
      "optimizer.weight-decay=.05",
      "training.norms-every-rounds=5"
    };
    IsonormConfig config = config(settings);
    TrainingJob.trainOnly(config, folder.resolve("averaged"), 2, spark, 1, line -> {});
    inOneTask(config, folder.resolve("task"), 1);
    inOneTask(config, folder.resolve("task"), 2);
    ModelState task = checkpoint("task", "last").model();
    assertThat(task.parameters()).isEqualTo(checkpoint("averaged", "last").model().parameters());
    assertThat(task.secondMoments())
        .isNotEqualTo(new byte[task.parameters().length])
        .isEqualTo(checkpoint("averaged", "last").model().secondMoments());

    List<String> two = new ArrayList<>(List.of(settings));
    two.addAll(List.of("averaging.workers=2", "averaging.frequency=3"));
    IsonormConfig parallel = config(two.toArray(String[]::new));
    try (TrialTraining training = TrialTraining.dataParallel(spark, 1, 2)) {
      training.prepare(parallel);
      training.dataParallel(parallel, folder.resolve("whole"), 2, line -> {});
      training.dataParallel(parallel, folder.resolve("parts"), 1, line -> {});
      training.dataParallel(parallel, folder.resolve("parts"), 2, line -> {});
    }
    ModelState whole = checkpoint("whole", "last").model();
    assertThat(checkpoint("parts", "last").model().parameters()).isEqualTo(whole.parameters());
    assertThat(checkpoint("parts", "last").model().secondMoments())
        .isEqualTo(whole.secondMoments());
    assertThat(whole.parameters()).isNotEqualTo(task.parameters());
  }

  @Test
  void refusesToFreezeLayersThatThereAreNot() {
    assertThatThrownBy(() -> inOneTask(config("optimizer.frozen=[stm]"), folder.resolve("task"), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Invalid optimizer.frozen: stm matches no layer of resnet-8 (did you mean stem? ");
  }

  /** Evaluated and saved is the average; trained is what is trained without one. */
  @Tag("long")
  @Test
  void theAverageOfTheWeightsIsTheSameInEveryModeAndAfterAPause() throws IOException {
    IsonormConfig config = config("optimizer.ema-decay=.8", "run.sample-predictions=0");
    TrainingJob.run(config, folder.resolve("averaged"), false, spark, line -> {});
    inOneTask(config, folder.resolve("task"), 2);
    inOneTask(config, folder.resolve("parts"), 1);
    inOneTask(config, folder.resolve("parts"), 2);
    inOneTask(config(), folder.resolve("plain"), 2);

    ModelState model = checkpoint("task", "last").model();
    assertThat(model.average()).isEqualTo(parameters("task", "last"));
    assertThat(model.parameters()).isEqualTo(parameters("plain", "last"));
    assertThat(model.average()).isNotEqualTo(model.parameters());
    for (String run : List.of("averaged", "parts")) {
      assertThat(parameters(run, "last")).isEqualTo(model.average());
      assertThat(parameters(run, "best")).isEqualTo(parameters("task", "best"));
      assertThat(checkpoint(run, "last").model().parameters()).isEqualTo(model.parameters());
      assertThat(epochs(run)).isEqualTo(epochs("task"));
    }
    assertThat(epochs("plain")).isNotEqualTo(epochs("task"));
    assertThat(
            FlatParameters.toBytes(
                Checkpoint.load(folder.resolve("averaged/model.zip")).graph().params()))
        .isEqualTo(parameters("averaged", "best"));
  }

  /** Trained from, evaluated and saved are the slow weights. */
  @Tag("long")
  @Test
  void lookaheadIsTheSameInEveryModeAndAfterAPause() throws IOException {
    IsonormConfig config = config("optimizer.lookahead.steps=2", "optimizer.lookahead.decay=.5");
    TrainingJob.trainOnly(config, folder.resolve("averaged"), 2, spark, 1, line -> {});
    inOneTask(config, folder.resolve("task"), 2);
    inOneTask(config, folder.resolve("parts"), 1);
    inOneTask(config, folder.resolve("parts"), 2);

    ModelState model = checkpoint("task", "last").model();
    assertThat(model.parameters()).isEqualTo(model.average());
    for (String run : List.of("averaged", "parts")) {
      assertThat(checkpoint(run, "last").model().parameters()).isEqualTo(model.parameters());
      assertThat(parameters(run, "best")).isEqualTo(parameters("task", "best"));
      assertThat(epochs(run)).isEqualTo(epochs("task"));
    }
  }

  @Tag("long")
  @Test
  void theAverageOfTheWeightsOfSeveralWorkersSurvivesAPause() throws IOException {
    IsonormConfig config =
        config("optimizer.ema-decay=.8", "averaging.workers=2", "averaging.frequency=3");
    try (TrialTraining training = TrialTraining.dataParallel(spark, 1, 2)) {
      training.prepare(config);
      training.dataParallel(config, folder.resolve("whole"), 2, line -> {});
      training.dataParallel(config, folder.resolve("parts"), 1, line -> {});
      training.dataParallel(config, folder.resolve("parts"), 2, line -> {});
    }

    assertThat(parameters("parts", "last")).isEqualTo(parameters("whole", "last"));
    assertThat(epochs("parts")).isEqualTo(epochs("whole"));
  }

  @Test
  void refusesOverridesOfLayersThatThereAreNot() {
    IsonormConfig config =
        config("optimizer.overrides=[{layers = \"stage9.*\", weight-decay = 0}]");
    assertThatThrownBy(() -> inOneTask(config, folder.resolve("task"), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Invalid optimizer.overrides: stage9.* matches no such parameters");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimizer.overrides=[{kind = convolutions, weight-decay = 0}] | Unsupported:"
            + " optimizer.overrides = [{kind",
        "optimizer.clip-norm=1 | Unsupported: optimizer.clip-norm = 1 with averaging.engine = dl4j"
            + " (",
        "optimizer.adaptive-clipping=.01 | Unsupported: optimizer.adaptive-clipping = 0.01 with"
            + " averaging.engine = dl4j (",
        "optimizer.method=adamw | Unsupported: optimizer.method = adamw with averaging.engine ="
            + " dl4j (",
        "optimizer.schedule=plateau | Unsupported: optimizer.schedule = plateau with"
            + " averaging.engine = dl4j (",
        "optimizer.frozen=[stem] | Unsupported: optimizer.frozen = [\"stem\"] with averaging.engine"
            + " = dl4j (",
        "optimizer.ema-decay=.9 | Unsupported: optimizer.ema-decay = 0.9 with averaging.engine ="
            + " dl4j (",
        "optimizer.lookahead.steps=5 | Unsupported: optimizer.lookahead.steps = 5 with"
            + " averaging.engine = dl4j (",
        "data.residence=streamed | Unsupported: data.residence = streamed with averaging.engine ="
            + " dl4j (DL4J's master has all batches of an epoch in memory; use"
      })
  void refusesWhatTheStockEngineCannotDo(String setting, String message) {
    IsonormConfig config = config("averaging.engine=dl4j", setting);
    assertThatThrownBy(
            () -> TrainingJob.run(config, folder.resolve("run"), false, spark, line -> {}))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aLossAboveTheBoundIsADivergenceAtItsStep() {
    TrainingDivergedException divergence =
        catchThrowableOfType(
            TrainingDivergedException.class,
            () -> inOneTask(config("training.loss-bound=0.5"), folder.resolve("run"), 2));

    assertThat(divergence)
        .hasMessageStartingWith("Training diverged: the loss is ")
        .hasMessageContaining("(more than training.loss-bound = 0.5) in epoch 1, step 1, at");
    assertThat(divergence.epoch()).isEqualTo(1);
    assertThat(divergence.step()).isEqualTo(1);
    assertThat(folder.resolve("run/checkpoints/last.zip")).doesNotExist();
  }

  @Test
  void anErrorOnTheExecutorIsAFailureWithItsCause() throws IOException {
    IsonormConfig config = config("data.path=" + folder.resolve("data"));
    try (TrialTraining training = TrialTraining.inTasks(spark, 2)) {
      training.prepare(config);
      TrialTraining.discard(folder.resolve("data").resolve("train"));

      TrainingFailedException failure =
          catchThrowableOfType(
              TrainingFailedException.class,
              () -> training.inOneTask(config, folder.resolve("run"), 2));
      assertThat(failure).hasMessageStartingWith("Cannot read ").hasMessageEndingWith("missing");
      assertThat(failure.trace()).contains("ShardReader");
    }
  }

  @Test
  void refusesMoreRunsThanTheClusterHasSlots() {
    assertThatThrownBy(() -> TrialTraining.dataParallel(spark, 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Invalid grid.parallel-trials: 2 with 2 task slots each (local[2,2] has 2; must be at"
                + " most 1, or 0 for that)");
    try (TrialTraining training = TrialTraining.inTasks(spark, 0)) {
      assertThat(training.parallelRuns()).isEqualTo(2);
    }
  }

  /** Everything of the epochs but the times. */
  private List<List<Number>> epochs(String run) throws IOException {
    return EpochMetrics.of(folder.resolve(run)).stream()
        .map(
            epoch ->
                List.<Number>of(
                    epoch.epoch(),
                    epoch.step(),
                    epoch.learningRate(),
                    epoch.trainLoss(),
                    epoch.trainAccuracy(),
                    epoch.validationLoss(),
                    epoch.validationAccuracy()))
        .toList();
  }

  private byte[] parameters(String run, String checkpoint) throws IOException {
    return FlatParameters.toBytes(checkpoint(run, checkpoint).graph().params());
  }

  private Checkpoint checkpoint(String run, String checkpoint) throws IOException {
    return Checkpoint.load(folder.resolve(run).resolve("checkpoints/" + checkpoint + ".zip"));
  }
}
