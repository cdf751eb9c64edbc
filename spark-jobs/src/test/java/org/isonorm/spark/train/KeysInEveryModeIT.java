package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.OwnNetwork;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walks every key of conf/base.conf through every mode that trains: it changes what the run leaves
 * behind, or is refused, or is known to mean nothing there, with the reason. A data-parallel trial
 * is a run of mode AVERAGED.
 */
class KeysInEveryModeIT {
  /** Keys that change nothing of what a run computes, and the test that shows what they do. */
  private static final Map<String, String> SEEN_ELSEWHERE =
      Map.ofEntries(
          Map.entry("run.name", "names logs and gauges: TrainingJobTest"),
          Map.entry("run.output", "the folder is given: CommandLineInterfaceTest"),
          Map.entry("run.note", "for the reader of reports: RunReportTest"),
          Map.entry(
              "run.sample-predictions", "after training, on test examples: SamplePredictionsTest"),
          Map.entry("run.mlflow.tracking-uri", "for people elsewhere: MlflowRunTest"),
          Map.entry("run.mlflow.experiment", "likewise: MlflowRunTest"),
          Map.entry("run.mlflow.run-name", "likewise: MlflowRunTest"),
          Map.entry(
              "training.evaluation-batch-size",
              "the result does not depend on it: TrainingJobTest"),
          Map.entry(
              "training.test-time-augmentation",
              "after training, beside the accuracy without it: TrainingJobTest, GridJobTest"),
          Map.entry("network.fallback", "of layers without a fast form: TrainingTest"),
          Map.entry("training.threads-per-worker", "speed alone: PreflightTest shows them"),
          Map.entry("optimizer.plateau.threshold", "of accuracies that rise: PlateauTest"),
          Map.entry("training.checkpoint-every-minutes", "of longer runs: CheckpointWriterTest"),
          Map.entry("averaging.aggregation-group", "of more workers: ParameterAveragingMasterTest"),
          Map.entry(
              "averaging.round-timeout-seconds", "of hanging workers: JobWatchTest, FaultsTest"));

  private static final String MIX = "augmentation.mixing.method=mixup";
  private static final String ERASE = "augmentation.random-erasing.probability=1";
  private static final String RESIZED_CROP =
      "augmentation.crop-padding=0,augmentation.random-resized-crop.probability=1";
  private static final String NO_STEPS =
      "optimizer.schedule=step,optimizer.step-epochs=[2],training.epochs=2";
  private static final String STEPS =
      "optimizer.schedule=step,optimizer.step-epochs=[1],training.epochs=2";

  private static final String PIECEWISE =
      "optimizer.schedule=piecewise,optimizer.schedule-points=[{epoch = 0, factor = 1}, {epoch = 2, factor = 0.5}],training.epochs=2";

  /** No accuracy is better than the first one. */
  private static final String PLATEAU =
      "optimizer.schedule=plateau,optimizer.plateau.patience=0,optimizer.plateau.threshold=1e9,training.epochs=4";

  /** Nothing that is evaluated changes. */
  private static final String STANDSTILL =
      "network.batch-normalization=false,optimizer.learning-rate=1e-30,training.epochs=3";

  private static final String LOOKAHEAD = "optimizer.lookahead.steps=2";
  private static final String MUON = "optimizer.method=muon";
  private static final String ADAMW = "optimizer.method=adamw";
  private static final String TUNED =
      "initialization.rule=gradinit,initialization.tuning.iterations=2,initialization.tuning.batch-size=8";

  /** A key, another value, and what else must be set for it to mean something. */
  private static final String[][] OTHER_VALUES = {
    {"run.seed", "2"},
    {"run.tensorboard", "false"},
    {"data.dataset", "cifar10"},
    {"data.path", "OTHER"},
    {"data.validation-examples", "20"},
    {"data.training-examples", "16"},
    {"data.center-crop", "28"},
    {"data.residence", "streamed"},
    {"data.shuffle-window", "8", "data.residence=streamed"},
    {"data.synthetic.classes", "100", "data.path=OTHER"},
    {"data.synthetic.train-examples", "60", "data.path=OTHER"},
    {"data.synthetic.test-examples", "40", "data.path=OTHER"},
    {"data.synthetic.seed", "2", "data.path=OTHER"},
    {"augmentation.crop-padding", "0"},
    {"augmentation.crop-fill", "reflect"},
    {"augmentation.random-resized-crop.probability", "1", "augmentation.crop-padding=0"},
    {"augmentation.random-resized-crop.area", "[0.5, 0.6]", RESIZED_CROP},
    {"augmentation.random-resized-crop.aspect-ratio", "[1, 1]", RESIZED_CROP},
    {"augmentation.flip", "alternating"},
    {"augmentation.color-jitter.brightness", "0.4"},
    {"augmentation.color-jitter.contrast", "0.4"},
    {"augmentation.color-jitter.saturation", "0.4"},
    {"augmentation.color-jitter.hue", "0.1"},
    {"augmentation.auto-augment", "true"},
    {"augmentation.cutout", "8"},
    {"augmentation.random-erasing.probability", "1"},
    {"augmentation.random-erasing.area", "[0.1, 0.2]", ERASE},
    {"augmentation.random-erasing.aspect-ratio", "[1, 1.5]", ERASE},
    {"augmentation.mixing.method", "mixup"},
    {"augmentation.mixing.probability", "0.5", MIX},
    {"augmentation.mixing.alpha", "0.2", MIX},
    {"augmentation.label-smoothing", "0.1"},
    {"network.name", "resnet-14"},
    {"network.definition", "OWN", "network.width=0"},
    {"network.layers", "[conv 4 3x3, bn, relu, global-pool]", "network.width=0"},
    {"network.shortcut", "b"},
    {"network.width", "8"},
    {"network.biases", "all"},
    {"network.variant", "gradinit", "network.name=wrn-10-1"},
    {"network.batch-normalization", "false"},
    {"network.fixup", "true,initialization.rule=fixup"},
    {"network.statistics-rate", "0.5"},
    {"network.activation", "tanh"},
    {"initialization.rule", "kaiming-fan-in"},
    {"initialization.init-gamma", "4"},
    {"initialization.distribution", "uniform"},
    {"initialization.std", "0.1", "initialization.rule=fixed-std"},
    {"initialization.classifier", "normal-.01"},
    {
      "initialization.activation",
      "tanh",
      "initialization.rule=forward,network.batch-normalization=false"
    },
    {"initialization.fan-count", "padding"},
    {"initialization.zero-residual-scales", "true"},
    {"initialization.from", "FROM"},
    {"initialization.overrides", "[{layers = stem, init-gamma = 9}]"},
    {"initialization.tuning.start", "kaiming-fan-in", TUNED},
    {"initialization.tuning.iterations", "1", TUNED},
    {"initialization.tuning.learning-rate", "0.3", TUNED},
    {"initialization.tuning.batch-size", "12", TUNED},
    {"optimizer.method", "adamw"},
    {"optimizer.beta1", "0.5", ADAMW},
    {"optimizer.beta2", "0.5", ADAMW},
    {"optimizer.epsilon", "0.1", ADAMW},
    {"optimizer.learning-rate", "0.2"},
    {"optimizer.momentum", "0.5"},
    {"optimizer.nesterov", "false"},
    {"optimizer.weight-decay", "0.01"},
    {"optimizer.decay-schedule", "with-rate"},
    {"optimizer.fixed-norm", "true"},
    {"optimizer.method", "sgdp"},
    {"optimizer.muon.momentum", "0.1", MUON},
    {"optimizer.muon.iterations", "1", MUON},
    {"optimizer.decoupled", "true"},
    {"optimizer.clip-norm", "0.01"},
    {"optimizer.adaptive-clipping", "0.001"},
    {"optimizer.ema-decay", "0.9"},
    {"optimizer.lookahead.steps", "2"},
    {"optimizer.lookahead.decay", "0.5", LOOKAHEAD},
    {"optimizer.lookahead.decay-power", "0", LOOKAHEAD},
    {"optimizer.schedule", "constant"},
    {"optimizer.warmup-epochs", "1"},
    {"optimizer.step-epochs", "[1]", NO_STEPS},
    {"optimizer.step-factor", "0.5", STEPS},
    {"optimizer.schedule-points", "[{epoch = 0, factor = 1}, {epoch = 1, factor = 0}]", PIECEWISE},
    {"optimizer.plateau.factor", "0.5", PLATEAU},
    {"optimizer.plateau.patience", "1", PLATEAU},
    {"optimizer.plateau.least-learning-rate", "0.05", PLATEAU},
    {"optimizer.frozen", "[stem]"},
    {"optimizer.overrides", "[{kind = classifier, learning-rate-factor = 2}]"},
    {"training.epochs", "2"},
    {"training.global-batch-size", "12"},
    {"training.evaluate-every-epochs", "2", "training.epochs=2"},
    {"training.patience", "1", STANDSTILL},
    {"training.checkpoint-every-rounds", "1"},
    {"training.norms-every-rounds", "1"},
    {"training.loss-bound", "0.1"},
    {"training.precision", "bf16"},
    {"averaging.engine", "dl4j"},
    {"averaging.workers", "1"},
    {"averaging.frequency", "1"},
    {"averaging.transport", "bf16"},
  };

  @TempDir static Path shared;
  @TempDir Path folder;

  private static SparkSession spark;
  private static final Map<String, Map<String, String>> BEFORE = new HashMap<>();

  /** A checkpoint of another seed. */
  private static Path trained;

  @BeforeAll
  static void start() throws Exception {
    spark = LocalSpark.session();
    Files.writeString(shared.resolve("own.json"), OwnNetwork.json());
    List<String> settings = settings(TrainingMode.AVERAGED);
    settings.add("run.seed=3");
    Path run = shared.resolve("trained");
    TrainingJob.trainOnly(
        LocalSpark.withData(IsonormConfig.load(Optional.empty(), settings)),
        run,
        1,
        spark,
        1,
        line -> {});
    trained = run.resolve("checkpoints/last.zip");
  }

  /** 24 training images in three steps of each of two workers, one epoch; two rounds, or one. */
  private static List<String> settings(TrainingMode mode) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "data.path=" + shared.resolve("synthetic"),
                "data.synthetic.train-examples=48",
                "data.synthetic.test-examples=20",
                "data.validation-examples=24",
                "network.name=resnet-8",
                "network.width=4",
                "training.epochs=1",
                "training.global-batch-size=8",
                "averaging.workers=2"));
    if (mode == TrainingMode.AVERAGED) {
      settings.add("averaging.frequency=2");
    }
    if (mode == TrainingMode.STOCK) {
      settings.add("averaging.engine=dl4j");
      settings.add("averaging.frequency=3");
    }
    return settings;
  }

  private IsonormConfig config(TrainingMode mode, String more) {
    List<String> settings = settings(mode);
    if (!more.isEmpty()) {
      Arrays.stream(more.split(",(?=[a-z-]+\\.[a-z-]+[.=])"))
          .map(setting -> setting.replace("OTHER", folder.resolve("other").toString()))
          .map(setting -> setting.replace("FROM", trained.toString()))
          .map(setting -> setting.replace("OWN", shared.resolve("own.json").toString()))
          .forEach(settings::add);
    }
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), settings));
  }

  /** What a run leaves behind, times aside; or the sentence that ends it. */
  private Map<String, String> leaves(TrainingMode mode, String more, String name)
      throws IOException {
    Path run = folder.resolve(name);
    Map<String, String> left = new TreeMap<>();
    try {
      IsonormConfig config = config(mode, more);
      if (mode == TrainingMode.TASK) {
        try (TrialTraining training = TrialTraining.inTasks(spark, 1)) {
          training.prepare(config);
          training.inOneTask(config, run, config.training().epochs());
        }
      } else {
        TrainingJob.trainOnly(config, run, config.training().epochs(), spark, 1, line -> {});
      }
    } catch (Exception e) { // Spark throws checked ones that it does not declare
      left.put("ended", TrainingFailedException.cause(e));
      assertThat(left.get("ended"))
          .as("a sentence of ours, at the latest behind Spark's words")
          .containsPattern("(Invalid|Cannot|Unsupported:?|Training) [a-z]");
    }
    left.put("other data", Boolean.toString(Files.exists(folder.resolve("other"))));
    for (String file :
        List.of("initialization.csv", "tuning.csv", "tuning-steps.csv", "norms.csv")) {
      if (Files.exists(run.resolve(file))) {
        left.put(file, Files.readString(run.resolve(file)));
      }
    }
    if (Files.exists(run.resolve("metrics.csv"))) {
      left.put("metrics.csv", metrics(run));
    }
    if (Files.exists(run)) {
      try (Stream<Path> files = Files.list(run)) {
        left.put(
            "events", Long.toString(files.filter(f -> f.toString().contains("events")).count()));
      }
    }
    for (String checkpoint : List.of("last", "previous", "best")) {
      Path file = run.resolve("checkpoints").resolve(checkpoint + ".zip");
      if (Files.exists(file)) {
        left.put(checkpoint, state(file));
      }
    }
    return left;
  }

  /** The sums of a checkpoint's parameters, velocity, moments and average. */
  private static String state(Path checkpoint) throws IOException {
    try (ZipFile zip = new ZipFile(checkpoint.toFile())) {
      return zip.stream()
          .filter(entry -> entry.getName().endsWith(".bin"))
          .map(entry -> entry.getName() + " " + entry.getCrc())
          .sorted()
          .collect(Collectors.joining(", "));
    }
  }

  private static String metrics(Path run) throws IOException {
    StringBuilder columns = new StringBuilder();
    for (String line : Files.readAllLines(run.resolve("metrics.csv"))) {
      columns.append(Arrays.asList(line.split(",", -1)).subList(0, 10)).append('\n');
    }
    return columns.toString();
  }

  static Stream<Arguments> keysByMode() {
    return Arrays.stream(TrainingMode.values())
        .flatMap(
            mode ->
                Arrays.stream(OTHER_VALUES)
                    .filter(row -> mode.meaningless(row[0]).isEmpty())
                    // That is what the mode is.
                    .filter(
                        row -> !(mode != TrainingMode.TASK && row[0].equals("averaging.engine")))
                    .map(row -> Arguments.of(mode, row[0], row[1], row.length > 2 ? row[2] : "")));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("keysByMode")
  void aKeyHasItsEffectOrIsRefused(TrainingMode mode, String key, String value, String needs)
      throws IOException {
    String changed = (needs.isEmpty() ? "" : needs + ",") + key + "=" + value;
    if (mode.refuses(key)) {
      IsonormConfig config = config(mode, changed);
      assertThatThrownBy(() -> mode.check(config))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageStartingWith("Unsupported: " + key + " = ");
      return;
    }
    String with = needs.contains("OTHER") ? "" : needs;
    if (!BEFORE.containsKey(mode + with)) {
      BEFORE.put(mode + with, leaves(mode, with, "before"));
      assertThat(BEFORE.get(mode + with)).as("a run that trains").containsKey("last");
    }
    Map<String, String> after = leaves(mode, changed, "after");
    if (needs.contains("OTHER")) {
      // The same data set is drawn at another place, but for the key.
      after.put("other data", "false");
    }
    if (key.equals("data.synthetic.test-examples")) {
      assertThat(Files.readString(folder.resolve("other/manifest.json")))
          .contains("\"examples\" : 40");
      return;
    }
    assertThat(after).isNotEqualTo(BEFORE.get(mode + with));
  }

  @Test
  void everyKeyIsAccountedFor() {
    Set<String> accounted = new HashSet<>(SEEN_ELSEWHERE.keySet());
    Arrays.stream(OTHER_VALUES).forEach(row -> accounted.add(row[0]));
    for (String key : IsonormConfig.load(Optional.empty(), List.of()).values().keySet()) {
      boolean never =
          Arrays.stream(TrainingMode.values())
              .allMatch(mode -> mode.meaningless(key).isPresent() || mode.refuses(key));
      assertThat(never || accounted.contains(key)).as(key).isTrue();
    }
  }
}
