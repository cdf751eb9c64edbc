package org.isonorm.spark.probe;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.isonorm.init.Sharpness;
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.config.AveragingConfig.Engine;
import org.isonorm.spark.config.Checks;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.OptimizerConfig;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.report.ProbePlot;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.EpochMetrics;
import org.isonorm.spark.run.NewFolder;
import org.isonorm.spark.run.ProbeRow;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.train.StartTrial;
import org.isonorm.spark.train.TrialTraining;

/**
 * The probe command: from a configuration to one with a learning rate and a γ that suit it.
 * Measures the γ of equilibrium and the sharpness of the start, trains short runs at rates around
 * the largest stable one, each from its own equilibrium, and chooses. Lives on the driver.
 */
public final class ProbeJob {
  static final String RATE = "optimizer.learning-rate";
  static final String GAMMA = "initialization.init-gamma";
  private static final String RULE = "bn-gamma";
  private static final String RUNS = "runs";

  /** Of the short runs, a few of whose last steps are then what they are evaluated by. */
  private static final double STATISTICS_RATE = .3;

  /** Share of the training's cost that a probe may take if nothing else is said. */
  public static final double SHARE = .03;

  /** The last file that a probe writes. */
  static final String RESULT = "probe.json";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final IsonormConfig config;
  private final Path folder;
  private final StartTrial start;
  private final ProbeBudget budget;
  private final SparkSession spark;
  private final Consumer<String> output;

  private ProbeJob(
      IsonormConfig config,
      Path folder,
      StartTrial start,
      ProbeBudget budget,
      SparkSession spark,
      Consumer<String> output) {
    this.config = config;
    this.folder = folder;
    this.start = start;
    this.budget = budget;
    this.spark = spark;
    this.output = output;
  }

  /**
   * Probes.
   *
   * @param folder of the probe, new or empty
   * @param share of the training's cost that it may take
   * @param output takes the progress lines
   * @throws IllegalArgumentException in one sentence with the remedy, if the configuration cannot
   *     be probed
   */
  public static ProbeSummary run(
      IsonormConfig config, Path folder, double share, SparkSession spark, Consumer<String> output)
      throws IOException {
    return open(config, folder, share, spark, output).run();
  }

  /** A probe that has checked all that can be before it computes, and left no folder; as above. */
  static ProbeJob open(
      IsonormConfig config, Path folder, double share, SparkSession spark, Consumer<String> output)
      throws IOException {
    check(config, folder);
    StartTrial start = StartTrial.open(config, spark);
    return new ProbeJob(config, folder, start, budget(config, start, share), spark, output);
  }

  /**
   * Checks the share of the training's cost that a probe may take.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static void checkShare(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid --share: %s (must be in (0, 1])", share));
    }
  }

  /**
   * Checks what can be without a cluster, within a second.
   *
   * @throws IllegalArgumentException in one sentence with the remedy, if the configuration cannot
   *     be probed
   */
  public static void check(IsonormConfig config, Path folder) throws IOException {
    asNew(folder).check();
    check(config);
  }

  /** Checks the configuration alone; else as above. */
  static void check(IsonormConfig config) throws IOException {
    OptimizerConfig optimizer = config.optimizer();
    Checks.check(
        config.averaging().engine() == Engine.ISONORM,
        "averaging.engine",
        "dl4j",
        "must be isonorm to be probed");
    Checks.check(
        optimizer.method() == OptimizerConfig.Method.SGD,
        "optimizer.method",
        optimizer.method().name().toLowerCase(Locale.ROOT),
        "must be sgd, of whose equilibrium a probe knows");
    Checks.check(
        !optimizer.decoupled(),
        "optimizer.decoupled",
        true,
        "must be false: a probe looks for the rate of a step");
    Checks.check(
        !optimizer.fixedNorm(),
        "optimizer.fixed-norm",
        true,
        "must be false: kept norms do not come to the equilibrium that a probe starts in");
    Checks.check(
        optimizer.frozen().isEmpty(),
        "optimizer.frozen",
        optimizer.frozen(),
        "must be []: a probe measures the sharpness of a network that is trained whole");
    Checks.check(
        config.initialization().from().isEmpty(),
        "initialization.from",
        config.initialization().from(),
        "must be \"\": a probe looks for the gamma of weights drawn by the rule");
    Checks.check(
        config.initialization().rule().equals(RULE),
        "initialization.rule",
        config.initialization().rule(),
        "must be " + RULE + ", whose gamma a probe looks for");
    TrialTraining.check(List.of(inEquilibrium(config)), false);
    Checks.check(
        !Networks.fallsBack(config.networkDefinition()),
        "network.fallback",
        "dl4j",
        "must be none: a probe measures the sharpness by fast layers");
  }

  private static NewFolder asNew(Path folder) {
    return new NewFolder(folder, "probe folder", RUNS, "");
  }

  static Setting setting(String key, Object value) {
    return new Setting(key, String.valueOf(value), "isonorm probe");
  }

  private static IsonormConfig inEquilibrium(IsonormConfig config) {
    return config.with(List.of(setting(GAMMA, "equilibrium-global")));
  }

  ProbeSummary run() throws IOException {
    asNew(folder).create();
    double configured = config.optimizer().learningRate();
    double gamma = start.plan(inEquilibrium(config)).initialization().initGamma();
    output.accept(
        String.format(
            Locale.ROOT,
            "Equilibrium gamma at learning rate %s and weight decay %s: %.3g",
            configured,
            config.optimizer().weightDecay(),
            gamma));
    Sharpness sharpness =
        start.sharpness(config.with(List.of(setting(GAMMA, gamma))), ProbeBudget.PRODUCTS);
    double stable = stableRate(sharpness, configured);
    output.accept(
        String.format(
            Locale.ROOT,
            "Sharpness of that start: %.3g ± %.2g by %s with the Hessian; largest stable rate of starts in equilibrium: %.2g",
            sharpness.value(),
            sharpness.residual(),
            Plural.of(sharpness.products(), "product"),
            stable));
    DoubleUnaryOperator gammas = rate -> gamma(gamma, configured, rate);
    List<ProbeRow> runs;
    try (TrialTraining training =
        TrialTraining.dataParallel(spark, 1, config.averaging().workers())) {
      runs =
          RateLadder.climb(
              stable, (rate, seed) -> shortRun(training, rate, gammas.applyAsDouble(rate), seed));
    }
    AtomicFiles.write(folder.resolve("probe.csv"), ProbeRow.TABLE.text(runs));
    ProbePlot.write(folder);
    return summary(sharpness, stable, gammas, runs);
  }

  private static ProbeBudget budget(IsonormConfig config, StartTrial start, double share) {
    Checks.check(
        start.validationExamples() > 0,
        "data.validation-examples",
        0,
        "must be > 0: a probe compares rates on them");
    int batch = config.training().globalBatchSize();
    return ProbeBudget.of(
        config.training().epochs(),
        (int) (start.trainingExamples() / batch),
        batch,
        start.validationExamples(),
        share);
  }

  /** Without a direction that curves upwards, what the configuration says is a place to begin. */
  private double stableRate(Sharpness sharpness, double configured) {
    double rate =
        sharpness.stableRate(config.optimizer().momentum(), config.optimizer().nesterov());
    return Double.isFinite(rate) ? sharpness.stableRateInEquilibrium(rate, configured) : configured;
  }

  /** γ of equilibrium goes as η^(−1/2); three digits, so that it can be read. */
  private static double gamma(double measured, double configured, double rate) {
    return RateLadder.readable(measured * Math.sqrt(configured / rate), 3);
  }

  private ProbeRow shortRun(TrialTraining training, double rate, double gamma, int seed)
      throws IOException {
    long runSeed = config.run().seed() + seed;
    IsonormConfig brief = brief(rate, gamma, runSeed);
    Path run =
        folder
            .resolve(RUNS)
            .resolve(String.format(Locale.ROOT, "learning-rate-%s-seed-%d", rate, runSeed));
    Double loss = null;
    Double accuracy = null;
    training.prepare(brief);
    try {
      training.dataParallel(brief, run, 1, line -> {});
      EpochMetrics end = EpochMetrics.of(run).get(0);
      loss = end.validationLoss();
      accuracy = end.validationAccuracy();
    } catch (TrainingDivergedException e) {
      // A rate that is too high, which is what was asked.
    }
    dropModels(run);
    output.accept(
        String.format(
            Locale.ROOT,
            "Learning rate %s, gamma %s, seed %d, %d steps: %s",
            rate,
            gamma,
            runSeed,
            budget.steps(),
            loss == null
                ? "diverged"
                : String.format(
                    Locale.ROOT, "validation loss %.4f, accuracy %.1f%%", loss, 100 * accuracy)));
    return new ProbeRow(rate, gamma, rate * gamma, runSeed, budget.steps(), loss, accuracy);
  }

  /**
   * A whole training in one short epoch: rates are as good as what is left when they have fallen.
   * Running statistics follow within that, which at the usual rate lag behind most where the
   * learning rate was high, so that it would seem worse than it is.
   */
  private IsonormConfig brief(double rate, double gamma, long seed) {
    double warmup = config.optimizer().warmupEpochs() / config.training().epochs();
    IsonormConfig quick =
        config.network().takesStatisticsRate()
            ? config.with(
                List.of(
                    setting(
                        "network.statistics-rate",
                        Math.max(STATISTICS_RATE, config.networkDefinition().statisticsRate()))))
            : config;
    return quick.with(
        List.of(
            setting(RATE, rate),
            setting(GAMMA, gamma),
            setting("run.seed", seed),
            setting("run.tensorboard", false),
            setting("data.training-examples", budget.steps() * config.training().globalBatchSize()),
            setting("optimizer.schedule", "cosine"),
            setting("optimizer.schedule-points", "[]"),
            setting("optimizer.warmup-epochs", warmup),
            setting("training.epochs", 1),
            setting("training.patience", 0),
            setting("training.norms-every-rounds", 0),
            setting("training.checkpoint-every-rounds", 0)));
  }

  private static void dropModels(Path run) throws IOException {
    RunFolder files = new RunFolder(run);
    files.dropLastCheckpoints();
    Files.deleteIfExists(files.bestCheckpoint());
  }

  private ProbeSummary summary(
      Sharpness sharpness, double stable, DoubleUnaryOperator gammas, List<ProbeRow> runs)
      throws IOException {
    RateChoice choice =
        RateChoice.of(runs)
            .orElseThrow(
                () ->
                    new IOException(
                        String.format(
                            Locale.ROOT,
                            "Cannot choose a learning rate: runs diverged at every one down to %s (look at the data, or set optimizer.warmup-epochs or optimizer.clip-norm)",
                            runs.stream()
                                .mapToDouble(ProbeRow::learningRate)
                                .min()
                                .orElseThrow())));
    double rate = choice.after(budget.lengths());
    double gamma = gammas.applyAsDouble(rate);
    Path file = folder.resolve("probe.conf");
    AtomicFiles.write(
        file,
        config.with(List.of(setting(RATE, rate), setting(GAMMA, gamma))).renderWithoutSecrets());
    ProbeSummary summary =
        new ProbeSummary(
            config.network().name(),
            start.dataset(),
            rate,
            gamma,
            config.optimizer().weightDecay(),
            why(choice, rate, sharpness, stable, runs),
            choice.best(),
            choice.equallyGood(),
            choice.bracketed(),
            sharpness,
            stable,
            runs,
            budget.cost(sharpness.products(), runs.size()),
            file.toString());
    AtomicFiles.write(folder.resolve(RESULT), JSON.writeValueAsString(summary));
    return summary;
  }

  private String why(
      RateChoice choice, double rate, Sharpness sharpness, double stable, List<ProbeRow> runs) {
    return String.format(
        Locale.ROOT,
        "Of %d rates a factor of two apart around the largest stable one (%.2g by a sharpness of %.3g ± %.2g), each from its equilibrium, %s had the lowest validation loss after %d steps, %.4f over two seeds%s. %s%s%s",
        runs.stream().mapToDouble(ProbeRow::learningRate).distinct().count(),
        stable,
        sharpness.value(),
        sharpness.residual(),
        choice.best(),
        budget.steps(),
        choice.loss(),
        Double.isNaN(choice.noise())
            ? ""
            : String.format(Locale.ROOT, " with a standard error of %.2g", choice.noise()),
        surety(choice),
        choice.bracketed() ? "" : " It is at the end of those tried: better ones may lie beyond.",
        budget.lengths() == 1
            ? ""
            : String.format(
                Locale.ROOT,
                " The training has %.0f times as many steps, for which %s is what is left of it.",
                budget.lengths(),
                rate));
  }

  private static String surety(RateChoice choice) {
    if (Double.isNaN(choice.noise())) {
      return "No other rate was trained twice, so that nothing says how sure it is.";
    }
    return choice.equallyGood().size() == 1
        ? "No other rate came within two standard errors."
        : String.format(
            Locale.ROOT,
            "Rates of %s could not be told apart.",
            choice.equallyGood().stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }
}
