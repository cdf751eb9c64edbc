package org.isonorm.spark.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.ColorJitter;
import org.isonorm.data.augmentation.CropFill;
import org.isonorm.data.augmentation.FlipMethod;
import org.isonorm.data.augmentation.MixingMethod;
import org.isonorm.data.augmentation.MixingSettings;
import org.isonorm.data.augmentation.RandomErasing;
import org.isonorm.data.augmentation.RandomResizedCrop;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.init.Activation;
import org.isonorm.init.FanCount;
import org.isonorm.init.Initialization;
import org.isonorm.init.LayerOverride;
import org.isonorm.init.TuningMethod;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.definition.Variant;
import org.isonorm.network.tuning.GraphTuner;
import org.isonorm.spark.OwnNetwork;
import org.isonorm.spark.config.AugmentationConfig.Flip;
import org.isonorm.spark.config.AveragingConfig.Engine;
import org.isonorm.spark.config.AveragingConfig.Transport;
import org.isonorm.spark.config.DataConfig.Residence;
import org.isonorm.spark.config.GridConfig.KeepModels;
import org.isonorm.spark.config.GridConfig.Mode;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.config.OptimizerConfig.Decay;
import org.isonorm.spark.config.OptimizerConfig.Method;
import org.isonorm.spark.config.OptimizerConfig.Schedule;
import org.isonorm.spark.config.OptimizerOverrideConfig.Kind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IsonormConfigTest {
  @TempDir private Path folder;

  /** Every key with a value that is not its default, and where it must arrive. */
  static Stream<Arguments> keys() {
    return Stream.of(
        key("run.name", "trial", c -> c.run().name(), "trial"),
        key("run.seed", "7", c -> c.run().seed(), 7L),
        key("run.output", "hdfs://host/runs/x", c -> c.run().output(), "hdfs://host/runs/x"),
        key("run.tensorboard", "false", c -> c.run().tensorboard(), false),
        key("run.sample-predictions", "0", c -> c.run().samplePredictions(), 0),
        key("run.note", "half of it", c -> c.run().note(), "half of it"),
        key(
            "run.mlflow.tracking-uri",
            "http://localhost:5000",
            c -> c.run().mlflow().trackingUri(),
            "http://localhost:5000"),
        key("run.mlflow.experiment", "cifar", c -> c.run().mlflow().experiment(), "cifar"),
        key("run.mlflow.run-name", "first", c -> c.run().mlflow().runName(), "first"),
        key("data.dataset", "cifar100", c -> c.data().dataset(), DatasetKind.CIFAR100),
        key("data.path", "/data/c", c -> c.data().path(), "/data/c"),
        key("data.validation-examples", "0", c -> c.data().validationExamples(), OptionalInt.of(0)),
        key("data.training-examples", "900", c -> c.data().trainingExamples(), 900),
        key("data.center-crop", "28", c -> c.data().centerCrop(), 28),
        key("data.residence", "streamed", c -> c.data().residence(), Residence.STREAMED),
        key("data.shuffle-window", "64", c -> c.data().shuffleWindow(), 64),
        key("data.synthetic.classes", "100", c -> c.data().synthetic().classes(), 100),
        key(
            "data.synthetic.train-examples",
            "6000",
            c -> c.data().synthetic().trainExamples(),
            6000),
        key("data.synthetic.test-examples", "9", c -> c.data().synthetic().testExamples(), 9),
        key("data.synthetic.seed", "8", c -> c.data().synthetic().seed(), 8L),
        key("augmentation.crop-padding", "2", c -> c.augmentation().cropPadding(), 2),
        key(
            "augmentation.crop-fill",
            "reflect",
            c -> c.augmentation().cropFill(),
            CropFill.REFLECT),
        key(
            "augmentation.random-resized-crop.probability",
            ".5",
            c -> c.augmentation().randomResizedCrop().probability(),
            .5),
        key(
            "augmentation.random-resized-crop.area",
            "[.25, 1]",
            c -> c.augmentation().randomResizedCrop().area(),
            List.of(.25, 1.)),
        key(
            "augmentation.random-resized-crop.aspect-ratio",
            "[1, 2]",
            c -> c.augmentation().randomResizedCrop().aspectRatio(),
            List.of(1., 2.)),
        key("augmentation.flip", "alternating", c -> c.augmentation().flip(), Flip.ALTERNATING),
        key(
            "augmentation.color-jitter.brightness",
            ".4",
            c -> c.augmentation().colorJitter().brightness(),
            .4),
        key(
            "augmentation.color-jitter.contrast",
            ".5",
            c -> c.augmentation().colorJitter().contrast(),
            .5),
        key(
            "augmentation.color-jitter.saturation",
            ".6",
            c -> c.augmentation().colorJitter().saturation(),
            .6),
        key("augmentation.color-jitter.hue", ".1", c -> c.augmentation().colorJitter().hue(), .1),
        key("augmentation.auto-augment", "true", c -> c.augmentation().autoAugment(), true),
        key("augmentation.cutout", "16", c -> c.augmentation().cutout(), 16),
        key(
            "augmentation.random-erasing.probability",
            ".5",
            c -> c.augmentation().randomErasing().probability(),
            .5),
        key(
            "augmentation.random-erasing.area",
            "[.125, .2]",
            c -> c.augmentation().randomErasing().area(),
            List.of(.125, .2)),
        key(
            "augmentation.random-erasing.aspect-ratio",
            "[.99, 1]",
            c -> c.augmentation().randomErasing().aspectRatio(),
            List.of(.99, 1.)),
        key(
            "augmentation.mixing.method",
            "manifold-mixup",
            c -> c.augmentation().mixing().method(),
            MixingMethod.MANIFOLD_MIXUP),
        key(
            "augmentation.mixing.probability",
            ".5",
            c -> c.augmentation().mixing().probability(),
            .5),
        key("augmentation.mixing.alpha", ".2", c -> c.augmentation().mixing().alpha(), .2),
        key("augmentation.label-smoothing", ".1", c -> c.augmentation().labelSmoothing(), .1),
        key("network.name", "resnet-56", c -> c.network().name(), "resnet-56"),
        key(
            "network.definition",
            ConfigUtil.quoteString(OwnNetwork.json()),
            c -> c.network().definition(),
            OwnNetwork.json()),
        key(
            "network.layers",
            "[conv 4 3x3 /2, relu, global-pool]",
            c -> c.network().layers(),
            List.of("conv 4 3x3 /2", "relu", "global-pool")),
        key("network.fallback", "dl4j", c -> c.network().fallback(), NetworkConfig.Fallback.DL4J),
        key("network.shortcut", "b", c -> c.network().shortcut(), "b"),
        key("network.width", "32", c -> c.network().width(), 32),
        key("network.biases", "all", c -> c.network().biases(), Biases.ALL),
        key("network.variant", "gradinit", c -> c.network().variant(), Variant.GRADINIT),
        key("network.batch-normalization", "false", c -> c.network().batchNormalization(), false),
        key("network.fixup", "true", c -> c.network().fixup(), true),
        key("network.statistics-rate", ".3", c -> c.network().statisticsRate(), .3),
        key("network.activation", "tanh", c -> c.network().activation(), "tanh"),
        key("initialization.rule", "5/m", c -> c.initialization().rule(), "5/m"),
        key(
            "initialization.init-gamma",
            "1.5",
            c -> c.initialization().initGamma(),
            new InitGamma.Fixed(1.5)),
        key(
            "initialization.distribution",
            "uniform",
            c -> c.initialization().distribution(),
            "uniform"),
        key("initialization.std", ".02", c -> c.initialization().std(), .02),
        key("initialization.classifier", ".25/n", c -> c.initialization().classifier(), ".25/n"),
        key("initialization.activation", "tanh", c -> c.initialization().activation(), "tanh"),
        key(
            "initialization.fan-count",
            "padding",
            c -> c.initialization().fanCount(),
            FanCount.PADDING),
        key(
            "initialization.zero-residual-scales",
            "true",
            c -> c.initialization().zeroResidualScales(),
            true),
        key("initialization.from", "model.zip", c -> c.initialization().from(), "model.zip"),
        key(
            "initialization.overrides",
            "[{layers = \"stage1.*\", init-gamma = 1}]",
            c -> c.initialization().overrides(),
            List.of(
                new LayerOverrideConfig(
                    "stage1.*",
                    Optional.empty(),
                    Optional.of(1.),
                    Optional.empty(),
                    Optional.empty()))),
        key("initialization.tuning.start", "5/m", c -> c.initialization().tuning().start(), "5/m"),
        key(
            "initialization.tuning.iterations",
            "7",
            c -> c.initialization().tuning().iterations(),
            7),
        key(
            "initialization.tuning.learning-rate",
            ".02",
            c -> c.initialization().tuning().learningRate(),
            .02),
        key(
            "initialization.tuning.batch-size",
            "32",
            c -> c.initialization().tuning().batchSize(),
            32),
        key("optimizer.method", "adamw", c -> c.optimizer().method(), Method.ADAMW),
        key("optimizer.learning-rate", "1e-2", c -> c.optimizer().learningRate(), .01),
        key("optimizer.momentum", "0", c -> c.optimizer().momentum(), 0.),
        key("optimizer.nesterov", "false", c -> c.optimizer().nesterov(), false),
        key("optimizer.beta1", ".8", c -> c.optimizer().beta1(), .8),
        key("optimizer.beta2", ".99", c -> c.optimizer().beta2(), .99),
        key("optimizer.epsilon", "1e-6", c -> c.optimizer().epsilon(), 1e-6),
        key("optimizer.muon.momentum", ".7", c -> c.optimizer().muon().momentum(), .7),
        key("optimizer.muon.iterations", "5", c -> c.optimizer().muon().iterations(), 5),
        key("optimizer.weight-decay", "3e-4", c -> c.optimizer().weightDecay(), 3e-4),
        key(
            "optimizer.decay-schedule",
            "with-rate",
            c -> c.optimizer().decaySchedule(),
            Decay.WITH_RATE),
        key("optimizer.fixed-norm", "true", c -> c.optimizer().fixedNorm(), true),
        key("optimizer.decoupled", "true", c -> c.optimizer().decoupled(), true),
        key("optimizer.clip-norm", "1.5", c -> c.optimizer().clipNorm(), 1.5),
        key("optimizer.adaptive-clipping", ".01", c -> c.optimizer().adaptiveClipping(), .01),
        key("optimizer.ema-decay", ".999", c -> c.optimizer().emaDecay(), .999),
        key("optimizer.lookahead.steps", "6", c -> c.optimizer().lookahead().steps(), 6),
        key("optimizer.lookahead.decay", ".5", c -> c.optimizer().lookahead().decay(), .5),
        key(
            "optimizer.lookahead.decay-power",
            "0",
            c -> c.optimizer().lookahead().decayPower(),
            0.),
        key("optimizer.schedule", "constant", c -> c.optimizer().schedule(), Schedule.CONSTANT),
        key("optimizer.warmup-epochs", "2.5", c -> c.optimizer().warmupEpochs(), 2.5),
        key(
            "optimizer.step-epochs",
            "[80, 120]",
            c -> c.optimizer().stepEpochs(),
            List.of(80, 120)),
        key("optimizer.step-factor", ".2", c -> c.optimizer().stepFactor(), .2),
        key(
            "optimizer.schedule-points",
            "[{epoch = 0, factor = .2}, {epoch = 2.3, factor = 1}]",
            c -> c.optimizer().schedulePoints(),
            List.of(new SchedulePointConfig(0, .2), new SchedulePointConfig(2.3, 1))),
        key("optimizer.plateau.factor", ".5", c -> c.optimizer().plateau().factor(), .5),
        key("optimizer.plateau.patience", "3", c -> c.optimizer().plateau().patience(), 3),
        key("optimizer.plateau.threshold", ".01", c -> c.optimizer().plateau().threshold(), .01),
        key(
            "optimizer.plateau.least-learning-rate",
            "1e-4",
            c -> c.optimizer().plateau().leastLearningRate(),
            1e-4),
        key(
            "optimizer.frozen",
            "[stem, \"stage1.*\"]",
            c -> c.optimizer().frozen(),
            List.of("stem", "stage1.*")),
        key(
            "optimizer.overrides",
            "[{layers = \"stage1.*\", kind = batch-normalization, learning-rate-factor = .5,"
                + " weight-decay = 0, from-epoch = 2.5}]",
            c -> c.optimizer().overrides(),
            List.of(
                new OptimizerOverrideConfig(
                    Optional.of("stage1.*"),
                    Optional.of(Kind.BATCH_NORMALIZATION),
                    Optional.empty(),
                    Optional.of(.5),
                    Optional.of(0.),
                    Optional.empty(),
                    Optional.of(2.5)))),
        key("training.epochs", "3", c -> c.training().epochs(), 3),
        key("training.global-batch-size", "256", c -> c.training().globalBatchSize(), 256),
        key("training.evaluation-batch-size", "50", c -> c.training().evaluationBatchSize(), 50),
        key(
            "training.test-time-augmentation",
            "flip-translate",
            c -> c.training().testTimeAugmentation(),
            TestTimeAugmentation.FLIP_TRANSLATE),
        key("training.evaluate-every-epochs", "5", c -> c.training().evaluateEveryEpochs(), 5),
        key("training.patience", "7", c -> c.training().patience(), 7),
        key(
            "training.checkpoint-every-rounds",
            "20",
            c -> c.training().checkpointEveryRounds(),
            20),
        key(
            "training.checkpoint-every-minutes",
            "7",
            c -> c.training().checkpointEveryMinutes(),
            7),
        key("training.norms-every-rounds", "10", c -> c.training().normsEveryRounds(), 10),
        key("training.loss-bound", "50", c -> c.training().lossBound(), 50.),
        key("training.threads-per-worker", "1", c -> c.training().threadsPerWorker(), 1),
        key("training.precision", "bf16", c -> c.training().precision(), "bf16"),
        key("averaging.engine", "dl4j", c -> c.averaging().engine(), Engine.DL4J),
        key("averaging.workers", "4", c -> c.averaging().workers(), 4),
        key("averaging.frequency", "16", c -> c.averaging().frequency(), 16),
        key("averaging.aggregation-group", "4", c -> c.averaging().aggregationGroup(), 4),
        key("averaging.round-timeout-seconds", "60", c -> c.averaging().roundTimeoutSeconds(), 60),
        key("averaging.transport", "bf16", c -> c.averaging().transport(), Transport.BF16),
        key("grid.mode", "data-parallel", c -> c.grid().mode(), Mode.DATA_PARALLEL),
        key(
            "grid.axes",
            "{run.seed = [1, 2], initialization.init-gamma = {from = 0.1, to = 10, count = 3}}",
            c -> c.grid().axes(),
            Map.of(
                "run.seed",
                List.of("1", "2"),
                "initialization.init-gamma",
                List.of("0.1", "1", "10"))),
        key("grid.seeds-per-point", "3", c -> c.grid().seedsPerPoint(), 3),
        key(
            "grid.protocols",
            "[paper, control]",
            c -> c.grid().protocols(),
            List.of(Protocol.PAPER, Protocol.CONTROL)),
        key("grid.target-accuracy", "0.94", c -> c.grid().targetAccuracy(), 0.94),
        key("grid.parallel-trials", "2", c -> c.grid().parallelTrials(), 2),
        key("grid.keep-models", "all", c -> c.grid().keepModels(), KeepModels.ALL),
        key("grid.budget-trials", "9", c -> c.grid().budgetTrials(), 9),
        key("grid.budget-minutes", "1.5", c -> c.grid().budgetMinutes(), 1.5),
        key("grid.pruning.enabled", "true", c -> c.grid().pruning().enabled(), true),
        key("grid.pruning.reduction", "4", c -> c.grid().pruning().reduction(), 4),
        key("grid.pruning.first-rung-epochs", "2", c -> c.grid().pruning().firstRungEpochs(), 2),
        key("spark.app-name", "mine", c -> c.spark().appName(), "mine"),
        key(
            "spark.properties",
            "{spark.executor.memory = 4g, \"spark.task.cpus\" = 2}",
            c -> c.spark().properties(),
            Map.of("spark.executor.memory", "4g", "spark.task.cpus", "2")));
  }

  private static Arguments key(
      String key, String value, Function<IsonormConfig, Object> field, Object expected) {
    return Arguments.of(key, value, field, expected);
  }

  @Tag("long")
  @ParameterizedTest(name = "{0}")
  @MethodSource("keys")
  void everyKeyReachesItsFieldAndNoOther(
      String key, String value, Function<IsonormConfig, Object> field, Object expected) {
    // Settings that follow the run's name unless they are given, and a crop by padding, with which
    // a
    // random resized crop does not go.
    String[] followers = {"run.output=out", "spark.app-name=app", "augmentation.crop-padding=0"};
    IsonormConfig before = set(followers);
    IsonormConfig after = set(followers[0], followers[1], followers[2], key + "=" + value);

    assertThat(field.apply(after)).isEqualTo(expected).isNotEqualTo(field.apply(defaults()));
    assertThat(changedKeys(before, after))
        .containsExactlyElementsOf(
            // Which is called as its file, or "own".
            Set.of("network.definition", "network.layers").contains(key)
                ? List.of("network.name", key)
                : List.of(key));
  }

  @Test
  void aNetworkOfOnesOwnIsAListOfItsLayers() {
    String layers = "network.layers=[conv 8 3x3, bn, relu, global-pool]";
    IsonormConfig config = set(layers);
    assertThat(config.network().name()).isEqualTo("own");
    assertThat(set(layers, "network.name=mine").network().name()).isEqualTo("mine");
    assertThat(IsonormConfig.parse(config.render())).isEqualTo(config);
    assertThat(config.networkDefinition().classes()).isEqualTo(10);
    assertThat(config.networkDefinition().activation()).isEqualTo("relu");
    assertThat(set(layers, "network.statistics-rate=0.3").networkDefinition())
        .isEqualTo(config.networkDefinition().withStatisticsRate(.3))
        .isNotEqualTo(config.networkDefinition());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(layers, "network.width=8"))
        .withMessage("Invalid network.width: 8 (must be left out: own says it itself) in --set");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("network.layers=[conv 8, global-pool]"))
        .withMessageStartingWith(
            "Invalid network.layers: 'conv 8' (must be one of conv CHANNELS HEIGHTxWIDTH [/STRIDE], bn,");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> set(layers, "network.definition=" + ConfigUtil.quoteString(OwnNetwork.json())))
        .withMessage(
            "Invalid network.layers: conv 8 3x3, bn, relu, global-pool (must be left out: network.definition draws the network) in --set");
  }

  @Test
  void aNetworkOfOnesOwnIsCalledAsItsFileAndHeldByTheConfiguration() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.json"), OwnNetwork.json());

    IsonormConfig config = set("network.definition=" + file);
    Files.delete(file);

    assertThat(config.network().name()).isEqualTo("mine.json");
    assertThat(IsonormConfig.parse(config.render())).isEqualTo(config);
    assertThat(config.networkDefinition().drawing()).isEqualTo(OwnNetwork.json());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("network.definition=" + file))
        .withMessage(
            "Invalid network.definition: %s in --set (must be a file that can be read: no such file)",
            file);
    String quoted = ConfigUtil.quoteString(OwnNetwork.json());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("network.definition=" + quoted, "network.width=8"))
        .withMessage("Invalid network.width: 8 (must be left out: own says it itself) in --set");
    Path other = Files.writeString(folder.resolve("other.json"), "{}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("network.definition=" + other))
        .withMessage(
            "Invalid network.definition: it holds neither vertices nor confs, as DL4J's ComputationGraphConfiguration and MultiLayerConfiguration do in --set");
  }

  @Test
  void aRandomResizedCropTakesThePlaceOfTheCropByPadding() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("augmentation.random-resized-crop.probability=1"))
        .withMessage(
            "Invalid augmentation.crop-padding: 4 (must be 0 with augmentation.random-resized-crop), its default");
  }

  @Test
  void everyKeyIsInTheTableAbove() {
    assertThat(keys().map(arguments -> (String) arguments.get()[0]))
        .containsExactlyElementsOf(RecordReader.keys(IsonormConfig.class));
  }

  @Test
  void theDefaultsDocumentEveryKeyOnceWithAComment() {
    Config defaults = ConfigReader.defaults().resolve();

    assertThat(RecordReader.keys(IsonormConfig.class))
        .allSatisfy(
            key -> assertThat(defaults.getValue(key).origin().comments()).as(key).isNotEmpty());
  }

  @Test
  void commandLineGoesBeforeFileBeforeDefaults() throws IOException {
    Path file = write("averaging.frequency = 4\naveraging.workers = 4");

    IsonormConfig config =
        IsonormConfig.load(
            Optional.of(file), List.of("averaging.frequency=8", "averaging.frequency=16"));

    assertThat(config.averaging().frequency()).isEqualTo(16);
    assertThat(config.averaging().workers()).isEqualTo(4);
    assertThat(config.training().globalBatchSize()).isEqualTo(128);
    assertThat(config.workerBatchSize()).isEqualTo(32);
  }

  @Test
  void outputFollowsTheNameUnlessGiven() {
    assertThat(set("run.name=trial").run().output()).isEqualTo("runs/trial");
    assertThat(set("run.name=trial", "run.output=elsewhere").run().output()).isEqualTo("elsewhere");
  }

  @Test
  void valuesMayReferToOthersAndFilesMayIncludeFiles() throws IOException {
    write("common.conf", "run.name = common\nnetwork.name = vgg-11");
    Path file = write("include \"common.conf\"\nrun.output = \"out/\"${network.name}");

    IsonormConfig config = IsonormConfig.load(Optional.of(file), List.of());

    assertThat(config.run())
        .isEqualTo(
            new RunConfig(
                "common", 1, "out/vgg-11", true, 12, "", new MlflowConfig("", "isonorm", "")));
  }

  @Test
  void aSettingsValueNeedsNoQuotes() {
    assertThat(set("data.path=s3a://bucket/a b=c").data().path()).isEqualTo("s3a://bucket/a b=c");
    assertThat(set("spark.properties.spark.driver.extraJavaOptions=-Da=b -Dc").spark().properties())
        .containsExactly(Map.entry("spark.driver.extraJavaOptions", "-Da=b -Dc"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "optimizer.learnin-rate = 1 | optimizer.learnin-rate | optimizer.learning-rate",
        "learning-rate = 1 | learning-rate | optimizer.learning-rate",
        "training { learning-rate = 1 } | training.learning-rate | optimizer.learning-rate",
        "optimizer.lr = 1 | optimizer.lr | optimizer.learning-rate",
        "optimizer.flipp = 1 | optimizer.flipp | augmentation.flip",
        "optimiser { learning-rate = 1 } | optimiser | optimizer",
        "data.synthetic { clases = 10 } | data.synthetic.clases | data.synthetic.classes",
        "averaging.frequenzy = 1 | averaging.frequenzy | averaging.frequency"
      })
  void anUnknownKeyIsAnErrorThatOffersTheNearest(String line, String key, String nearest)
      throws IOException {
    Path file = write("run.name = x\n\n" + line);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> IsonormConfig.load(Optional.of(file), List.of()))
        .withMessage("Unknown key '%s' in %s, line 3 (did you mean '%s'?)", key, file, nearest);
  }

  @Test
  void anUnknownKeyOfASettingSaysSo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("averaging.frequenci=1"))
        .withMessage(
            "Unknown key 'averaging.frequenci' in --set (did you mean 'averaging.frequency'?)");
  }

  @Test
  void anUnknownGroupOfASettingSaysSo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("netwrk.name=resnet-20"))
        .withMessage("Unknown key 'netwrk' in --set (did you mean 'network'?)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "averaging.frequency = 0 | averaging.frequency: 0 (must be >= 1)",
        "averaging.frequency = two | averaging.frequency: two (must be a whole number)",
        "averaging.frequency = 1.5 | averaging.frequency: 1.5 (must be a whole number of at most 32"
            + " bits)",
        "averaging.frequency = 3000000000 | averaging.frequency: 3000000000 (must be a whole number"
            + " of at most 32 bits)",
        "averaging.frequency = [1] | averaging.frequency: [1] (must be a whole number)",
        "averaging.frequency = null | averaging.frequency: null (must be a whole number)",
        "averaging.workers = -1 | averaging.workers: -1 (must be >= 1)",
        "averaging.aggregation-group = 1 | averaging.aggregation-group: 1 (must be >= 2)",
        "averaging.round-timeout-seconds = -1 | averaging.round-timeout-seconds: -1 (must be >= 0)",
        "averaging.transport = bf61 | averaging.transport: bf61 (did you mean bf16? valid: float32,"
            + " bf16, fp16)",
        "averaging.engine = dl4 | averaging.engine: dl4 (did you mean dl4j? valid: isonorm, dl4j)",
        "averaging = 3 | averaging: 3 (must be a group, as in averaging { … })",
        "run.name = \"\" | run.name: \"\" (must not be blank)",
        "data.path = [a] | data.path: [\"a\"] (must be text)",
        "run.output = \" \" | run.output: \" \" (must not be blank)",
        "run.mlflow.experiment = \"\" | run.mlflow.experiment: \"\" (must not be blank)",
        "run.mlflow.tracking-uri = databricks | run.mlflow.tracking-uri: databricks (must be the"
            + " address of an MLflow server, as in http://localhost:5000)",
        "data.dataset = cifar-10 | data.dataset: cifar-10 (did you mean cifar10? valid: cifar10,"
            + " cifar100, synthetic, folder, huggingface)",
        "data.validation-examples = -1 | data.validation-examples: -1 (must be >= 0)",
        "data.validation-examples = 25000 | data.validation-examples: 25000 (must be < 25000, the"
            + " training split)",
        "data.training-examples = -1 | data.training-examples: -1 (must be >= 0)",
        "data.synthetic.classes = 20 | data.synthetic.classes: 20 (must be 10 or 100)",
        "data.residence = disk | data.residence: disk (did you mean auto? valid: auto, resident, streamed)",
        "data.shuffle-window = 0 | data.shuffle-window: 0 (must be >= 1)",
        "data.center-crop = -1 | data.center-crop: -1 (must be >= 0)",
        "data.center-crop = 33 | data.center-crop: 33 (must be <= 32, the images' side)",
        "data.synthetic.train-examples = 0 | data.synthetic.train-examples: 0 (must be >= 1)",
        "data.synthetic.test-examples = 0 | data.synthetic.test-examples: 0 (must be >= 1)",
        "augmentation.crop-padding = -1 | augmentation.crop-padding: -1 (must be >= 0)",
        "augmentation.random-resized-crop.probability = -1 |"
            + " augmentation.random-resized-crop.probability: -1 (must be in [0, 1])",
        "augmentation.random-resized-crop.area = [.4, 1.1] |"
            + " augmentation.random-resized-crop.area: [0.4, 1.1] (must be [least, greatest] with 0"
            + " < least <= greatest <= 1)",
        "augmentation.random-resized-crop.aspect-ratio = [1] |"
            + " augmentation.random-resized-crop.aspect-ratio: [1.0] (must be [least, greatest]"
            + " with 0 < least <= greatest)",
        "augmentation.color-jitter.contrast = -1 | augmentation.color-jitter.contrast: -1 (must be"
            + " >= 0)",
        "augmentation.color-jitter.hue = .6 | augmentation.color-jitter.hue: 0.6 (must be in [0,"
            + " 0.5])",
        "augmentation.cutout = -1 | augmentation.cutout: -1 (must be >= 0)",
        "augmentation.random-erasing.probability = 2 | augmentation.random-erasing.probability: 2"
            + " (must be in [0, 1])",
        "augmentation.random-erasing.area = [.4] | augmentation.random-erasing.area: [0.4] (must be"
            + " [least, greatest] with 0 < least <= greatest < 1)",
        "augmentation.random-erasing.area = [.4, 1] | augmentation.random-erasing.area: [0.4, 1.0]"
            + " (must be [least, greatest] with 0 < least <= greatest < 1)",
        "augmentation.random-erasing.aspect-ratio = [2, 1] |"
            + " augmentation.random-erasing.aspect-ratio: [2.0, 1.0] (must be [least, greatest]"
            + " with 0 < least <= greatest)",
        "augmentation.mixing.method = mixip | augmentation.mixing.method: mixip (did you mean"
            + " mixup? valid: none, mixup, cutmix, resizemix, manifold-mixup)",
        "augmentation.mixing.probability = -.1 | augmentation.mixing.probability: -0.1 (must be in"
            + " [0, 1])",
        "augmentation.mixing.alpha = 0 | augmentation.mixing.alpha: 0 (must be > 0 and finite)",
        "augmentation.label-smoothing = 1 | augmentation.label-smoothing: 1 (must be in [0, 1))",
        "augmentation.auto-augment = yes | augmentation.auto-augment: yes (must be true or false)",
        "augmentation.flip = fals | augmentation.flip: fals (did you mean false? valid: true, false,"
            + " alternating)",
        "augmentation.crop-fill = reflct | augmentation.crop-fill: reflct (did you mean reflect?"
            + " valid: black, reflect)",
        "network.width = -1 | network.width: -1 (must be >= 0)",
        "network.shortcut = c | network.shortcut: c (must be one of none, a, a+bn, b)",
        "network.biases = every | network.biases: every (did you mean none? valid: none,"
            + " classifier, all)",
        "initialization.init-gamma = 0 | initialization.init-gamma: 0 (must be > 0 and finite)",
        "initialization.init-gamma = -.4 | initialization.init-gamma: -0.4 (must be > 0 and"
            + " finite)",
        "initialization.init-gamma = high | initialization.init-gamma: high (must be a number,"
            + " paper, auto, equilibrium or equilibrium-global)",
        "initialization.init-gamma = equilibrium, initialization.from = model.zip |"
            + " initialization.init-gamma: equilibrium (must be a number, paper or auto with"
            + " initialization.from: weights that are taken have a length already)",
        "initialization.init-gamma = equilibrium-global, optimizer.method = adamw |"
            + " initialization.init-gamma: equilibrium-global (must be a number or paper with"
            + " optimizer.method = adamw: the equilibrium is that of sgd)",
        "initialization.init-gamma = paper | initialization.init-gamma: paper for resnet-20 on"
            + " synthetic (the paper has values for vgg-19, resnet-110, densenet-100, wrn-28-10 on"
            + " cifar10, cifar100; give a number, or auto)",
        "initialization.std = 0 | initialization.std: 0 (must be > 0 and finite)",
        "initialization.overrides = 3 | initialization.overrides: 3 (must be a list, as in [1, 2])",
        "initialization.overrides = [3] | initialization.overrides: [3] (must be a list of groups"
            + " of layers, rule, init-gamma, distribution, std)",
        "initialization.overrides = [{rule = lecun}] | initialization.overrides:"
            + " [{\"rule\":\"lecun\"}] (each must have layers)",
        "initialization.overrides = [{layers = a, std = x}] | initialization.overrides:"
            + " [{\"layers\":\"a\",\"std\":\"x\"}] (must be a number)",
        "initialization.overrides = [{layers = a, init-gamma = 0}] | initialization.overrides: 0"
            + " (must be > 0 and finite)",
        "initialization.overrides = [{layers = a}] | initialization.overrides: nothing (must give"
            + " rule, init-gamma, distribution or std)",
        "initialization.tuning.iterations = -1 | initialization.tuning.iterations: -1 (must be >="
            + " 0)",
        "initialization.tuning.learning-rate = -1 | initialization.tuning.learning-rate: -1 (must"
            + " be >= 0 and finite)",
        "initialization.tuning.batch-size = 3 | initialization.tuning.batch-size: 3 (must be an"
            + " even number, or 0 for the published one)",
        "optimizer.learning-rate = 0 | optimizer.learning-rate: 0 (must be > 0 and finite)",
        "optimizer.learning-rate = fast | optimizer.learning-rate: fast (must be a number)",
        "optimizer.learning-rate = 1e999 | optimizer.learning-rate: Infinity (must be > 0 and"
            + " finite)",
        "optimizer.momentum = 1 | optimizer.momentum: 1 (must be in [0, 1))",
        "optimizer.method = adam | optimizer.method: adam (did you mean adamw? valid: sgd, adamw, muon, sgdp)",
        "optimizer.beta1 = 1 | optimizer.beta1: 1 (must be in [0, 1))",
        "optimizer.beta2 = -.1 | optimizer.beta2: -0.1 (must be in [0, 1))",
        "optimizer.epsilon = 0 | optimizer.epsilon: 0 (must be > 0 and finite)",
        "optimizer.method = adamw, initialization.init-gamma = auto | initialization.init-gamma:"
            + " auto (must be a number or paper with optimizer.method = adamw: auto is reckoned"
            + " from the learning rates of sgd)",
        "optimizer.weight-decay = -1e-4 | optimizer.weight-decay: -0.0001 (must be >= 0 and"
            + " finite)",
        "optimizer.clip-norm = -1 | optimizer.clip-norm: -1 (must be >= 0 and finite)",
        "optimizer.adaptive-clipping = -1 | optimizer.adaptive-clipping: -1 (must be >= 0 and"
            + " finite)",
        "optimizer.ema-decay = 1 | optimizer.ema-decay: 1 (must be in [0, 1))",
        "optimizer.lookahead.steps = -1 | optimizer.lookahead.steps: -1 (must be >= 0)",
        "optimizer.lookahead.decay = 1 | optimizer.lookahead.decay: 1 (must be in [0, 1))",
        "optimizer.lookahead.decay-power = -1 | optimizer.lookahead.decay-power: -1 (must be >= 0"
            + " and finite)",
        "optimizer { ema-decay = .9, lookahead.steps = 5 } | optimizer.ema-decay: 0.9 (must be 0"
            + " with optimizer.lookahead.steps = 5: each evaluates its own average of the weights)",
        "optimizer.warmup-epochs = -1 | optimizer.warmup-epochs: -1 (must be >= 0 and finite)",
        "optimizer.warmup-epochs = 201 | optimizer.warmup-epochs: 201 (must be <= training.epochs ="
            + " 200)",
        "optimizer.step-epochs = 4 | optimizer.step-epochs: 4 (must be a list, as in [1, 2])",
        "optimizer.step-epochs = [2, 2] | optimizer.step-epochs: [2, 2] (must be > 0 and increase)",
        "optimizer.step-factor = 0 | optimizer.step-factor: 0 (must be in (0, 1])",
        "optimizer.schedule-points = [{epoch = 1}] | optimizer.schedule-points: [{\"epoch\":1}] (each"
            + " must have factor)",
        "optimizer.schedule-points = [{epoch = 1, factor = -1}] | optimizer.schedule-points: -1"
            + " (must be >= 0 and finite)",
        "optimizer.schedule-points = [{epoch = 1, factor = 1}, {epoch = 1, factor = 0}] |"
            + " optimizer.schedule-points: [{epoch = 1, factor = 1}, {epoch = 1, factor = 0}]"
            + " (epochs must increase)",
        "optimizer { schedule = piecewise, schedule-points = [{epoch = 1, factor = 1}] } |"
            + " optimizer.schedule-points: [{epoch = 1, factor = 1}] (must hold at least two points"
            + " for schedule piecewise, as in [{epoch = 0, factor = 0.2}, {epoch = 46, factor = 1},"
            + " {epoch = 200, factor = 0}])",
        "optimizer { schedule = piecewise, schedule-points = [{epoch = 0, factor = 0}, {epoch = 9,"
            + " factor = 0}] } | optimizer.schedule-points: [{epoch = 0, factor = 0}, {epoch = 9,"
            + " factor = 0}] (must have a factor > 0)",
        "optimizer { schedule = piecewise, schedule-points = [{epoch = 0, factor = 0}, {epoch ="
            + " 200.5, factor = 1}] } | optimizer.schedule-points: [{epoch = 0, factor = 0}, {epoch"
            + " = 200.5, factor = 1}] (its last epoch must be <= training.epochs = 200)",
        "optimizer.plateau.factor = 1 | optimizer.plateau.factor: 1 (must be in (0, 1))",
        "optimizer.plateau.patience = -1 | optimizer.plateau.patience: -1 (must be >= 0)",
        "optimizer.plateau.threshold = -1 | optimizer.plateau.threshold: -1 (must be >= 0 and"
            + " finite)",
        "optimizer.plateau.least-learning-rate = -1 | optimizer.plateau.least-learning-rate: -1"
            + " (must be >= 0 and finite)",
        "training.patience = -1 | training.patience: -1 (must be >= 0)",
        "optimizer.frozen = [\" \"] | optimizer.frozen: \" \" (must not be blank)",
        "optimizer.overrides = [{learning-rate = 1}] | optimizer.overrides: nothing to tell which"
            + " (must give layers or kind)",
        "optimizer.overrides = [{kind = biases}] | optimizer.overrides: nothing that differs (must"
            + " give learning-rate, learning-rate-factor, weight-decay or weight-decay-factor)",
        "optimizer.overrides = [{kind = biases, learning-rate = 1, learning-rate-factor = 1}] |"
            + " optimizer.overrides: learning-rate and learning-rate-factor (must give one of"
            + " them)",
        "optimizer.overrides = [{kind = biases, weight-decay = 1, weight-decay-factor = 1}] |"
            + " optimizer.overrides: weight-decay and weight-decay-factor (must give one of them)",
        "optimizer.overrides = [{kind = biases, learning-rate = -1}] | optimizer.overrides: -1"
            + " (must be >= 0 and finite)",
        "optimizer.overrides = [{kind = biases, weight-decay-factor = -1}] | optimizer.overrides:"
            + " -1 (must be >= 0 and finite)",
        "optimizer.overrides = [{layers = \" \", weight-decay = 1}] | optimizer.overrides: \" \""
            + " (must not be blank)",
        "training.epochs = 0 | training.epochs: 0 (must be >= 1)",
        "training.global-batch-size = 0 | training.global-batch-size: 0 (must be >= 1)",
        "training.global-batch-size = 127 | training.global-batch-size: 127 (must be a multiple of"
            + " averaging.workers = 2)",
        "training.evaluation-batch-size = 0 | training.evaluation-batch-size: 0 (must be >= 1)",
        "training.test-time-augmentation = flips | training.test-time-augmentation: flips (did you"
            + " mean flip? valid: none, flip, flip-translate)",
        "training.evaluate-every-epochs = 0 | training.evaluate-every-epochs: 0 (must be >= 1)",
        "training.norms-every-rounds = -1 | training.norms-every-rounds: -1 (must be >= 0)",
        "training.checkpoint-every-rounds = -1 | training.checkpoint-every-rounds: -1 (must be >="
            + " 0)",
        "training.checkpoint-every-minutes = -1 | training.checkpoint-every-minutes: -1 (must be >="
            + " 0)",
        "training.threads-per-worker = -1 | training.threads-per-worker: -1 (must be >= 0)",
        "training.loss-bound = 0 | training.loss-bound: 0 (must be > 0 and finite)",
        "grid.axes = 3 | grid.axes: 3 (must be a group, as in axes { run.seed = [1, 2] })",
        "grid.axes.run.seed = 3 | grid.axes: {\"run\":{\"seed\":3}} (run.seed must be a list, as in"
            + " [1, 2], or { from = 0.1, to = 10, count = 3 })",
        "grid.axes.run.seed = [[3]] | grid.axes: {\"run\":{\"seed\":[[3]]}} (run.seed must hold"
            + " numbers or texts alone)",
        "grid.axes.optimizer.step-epochs = [[1], {a = 1}] | grid.axes:"
            + " {\"optimizer\":{\"step-epochs\":[[1],{\"a\":1}]}} (optimizer.step-epochs must hold"
            + " lists, as in [[1], [1, 2]])",
        "grid.axes.run.seed = [] | grid.axes: run.seed = [] (must have at least one value)",
        "grid.axes.run.seed = [1, 1] | grid.axes: run.seed = [1, 1] (values repeat)",
        "grid.axes.run.sed = [1] | grid.axes: run.sed (did you mean run.seed?)",
        "grid.axes.run.output = [a] | grid.axes: run.output (trials cannot differ in it)",
        "grid.axes.run.seed = {from = 1, to = 2} | grid.axes:"
            + " {\"run\":{\"seed\":{\"from\":1,\"to\":2}}} (run.seed must be { from = 0.1, to = 10,"
            + " count = 3 }, with from and to > 0)",
        "grid.axes.run.seed = {from = 0, to = 2, count = 3} | grid.axes:"
            + " {\"run\":{\"seed\":{\"count\":3,\"from\":0,\"to\":2}}} (run.seed must be { from ="
            + " 0.1, to = 10, count = 3 }, with from and to > 0)",
        "grid.seeds-per-point = 0 | grid.seeds-per-point: 0 (must be >= 1)",
        "grid.protocols = [] | grid.protocols: [] (must be some of paper, control, each once)",
        "grid.protocols = [paper, paper] | grid.protocols: [paper, paper] (must be some of paper,"
            + " control, each once)",
        "grid.target-accuracy = 94 | grid.target-accuracy: 94 (must be in [0, 1], as 0.94)",
        "grid.target-accuracy = 0.5, grid.pruning.enabled = true | grid.target-accuracy: 0.5 (must be"
            + " 0 with grid.pruning.enabled, which stops trials by their accuracies at the same"
            + " epoch, whatever the time it took)",
        "grid.parallel-trials = -1 | grid.parallel-trials: -1 (must be >= 0)",
        "grid.budget-trials = -1 | grid.budget-trials: -1 (must be >= 0)",
        "grid.budget-minutes = -1 | grid.budget-minutes: -1 (must be >= 0 and finite)",
        "grid.pruning.reduction = 1 | grid.pruning.reduction: 1 (must be >= 2)",
        "grid.pruning.first-rung-epochs = 0 | grid.pruning.first-rung-epochs: 0 (must be >= 1)",
        "spark.app-name = \"\" | spark.app-name: \"\" (must not be blank)",
        "spark.properties.master = x | spark.properties.master: x (properties start with"
            + " \"spark.\")",
        "spark.properties.spark.master = yarn | spark.properties.spark.master: yarn (give the"
            + " master with --master, not in a configuration)"
      })
  void aBadValueIsAnErrorThatNamesKeyAndLine(String line, String message) throws IOException {
    Path file = write("# a comment\n" + line);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> IsonormConfig.load(Optional.of(file), List.of()))
        .withMessage("Invalid %s in %s, line 2", message, file);
  }

  @ParameterizedTest
  @CsvSource({
    "network.name=vgg-20, Invalid network.name: vgg-20 (did you mean vgg-",
    "network.activation=rleu, Invalid network.activation: rleu (did you mean relu? valid: ",
    "initialization.rule=xaver, Invalid initialization.rule: xaver (did you mean xavier? valid:"
        + " bn-gamma",
    "initialization.rule=gradint, Invalid initialization.rule: gradint (did you mean gradinit?"
        + " valid: bn-gamma",
    "initialization.tuning.start=gradinit, Invalid initialization.tuning.start: gradinit (did you"
        + " mean",
    "initialization.distribution=gauss, Invalid initialization.distribution: gauss (did you mean",
    "initialization.classifier=2/k, Invalid initialization.classifier: 2/k (did you mean",
    "'optimizer.overrides=[{kind = bias, learning-rate = 1}]', Invalid optimizer.overrides: [{",
    "initialization.activation=swish, Invalid initialization.activation: swish (did you mean mish",
    "initialization.fan-count=exact, Invalid initialization.fan-count: exact (did you mean",
    "training.precision=fp8, Invalid training.precision: fp8 (must be float32 or bf16"
  })
  void aBadNameIsAnErrorThatListsTheValidOnes(String setting, String start) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(setting))
        .withMessageStartingWith(start)
        .withMessageEndingWith(") in --set");
  }

  /** Patience, epochs between evaluations, epochs done, best epoch; whether training ends there. */
  @ParameterizedTest
  @CsvSource({
    "0, 1, 9, 1, false",
    "2, 1, 2, 1, false",
    "2, 1, 3, 1, true",
    "2, 1, 4, 3, false",
    "2, 1, 9, 0, false",
    "2, 3, 5, 3, false",
    "2, 3, 6, 3, true",
    "4, 3, 6, 3, false",
    "2, 1, 10, 3, false"
  })
  void trainingEndsAtAnEvaluationAfterEnoughEpochsWithoutABetterOne(
      int patience, int every, int epoch, int best, boolean ends) {
    assertThat(
            set(
                    "training.epochs=10",
                    "training.patience=" + patience,
                    "training.evaluate-every-epochs=" + every)
                .training()
                .stopsEarly(epoch, best))
        .isEqualTo(ends);
  }

  @Test
  void theOptimizerSaysWhatIsBeyondThePlainStep() {
    assertThat(defaults().optimizer().extras()).isEmpty();
    assertThat(
            set(
                    "optimizer.method=adamw",
                    "optimizer.clip-norm=1",
                    "optimizer.adaptive-clipping=.01",
                    "optimizer.ema-decay=.999",
                    "optimizer.frozen=[stem, \"stage1.*\"]",
                    "optimizer.overrides=[{kind = batch-normalization, weight-decay = 1e-4}]")
                .optimizer()
                .extras())
        .isEqualTo(
            "adamw of betas 0.9 and 0.999, epsilon 1e-8, gradient's norm at most 1, adaptive"
                + " clipping at 0.01, moving average of decay 0.999 evaluated, frozen stem,"
                + " stage1.*, overrides [{kind = batch-normalization, weight-decay = 0.0001}]");
  }

  @Test
  void theOptimizerSaysThatItLooksAhead() {
    assertThat(set("optimizer.lookahead.steps=5").optimizer().extras())
        .isEqualTo("lookahead every 5 steps, decay 0.7737809375 · progress^3");
  }

  @Test
  void aShortcutMustFitTheNetwork() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("network.name=vgg-19", "network.shortcut=b"))
        .withMessage("Invalid network.shortcut: b for vgg-19 (must be none) in --set");
  }

  @Test
  void aDefaultThatAnotherSettingMakesInvalidIsCalledADefault() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("averaging.workers=3"))
        .withMessage(
            "Invalid training.global-batch-size: 128 (must be a multiple of averaging.workers = 3),"
                + " its default");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("optimizer.schedule=step"))
        .withMessage(
            "Invalid optimizer.step-epochs: [] (must hold at least one epoch for schedule step, as"
                + " in [100, 150]), its default");
  }

  @Test
  void aMissingFileIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IsonormConfig.load(Optional.of(Path.of("conf/nope.conf")), List.of()))
        .withMessage("Cannot read config conf/nope.conf: no such file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IsonormConfig.load(Optional.of(folder), List.of()))
        .withMessage("Cannot read config %s: it is a folder", folder);
  }

  @Test
  void aSyntaxErrorNamesFileAndLine() throws IOException {
    Path file = write("run {\n  name = x\n");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> IsonormConfig.load(Optional.of(file), List.of()))
        .withMessageStartingWith("Cannot parse config %s, line 3: ".formatted(file))
        .withMessageContaining("end of file");
  }

  @Test
  void aReferenceToNothingNamesFileAndLine() throws IOException {
    Path file = write("\nrun.name = ${nobody}");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> IsonormConfig.load(Optional.of(file), List.of()))
        .withMessageStartingWith("Cannot resolve config %s, line 2: ".formatted(file))
        .withMessageContaining("${nobody}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"averaging.frequency", "=4", ""})
  void aSettingWithoutKeyOrValueIsAnError(String setting) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(setting))
        .withMessage("Invalid --set: %s (must be key=value, as in averaging.frequency=4)", setting);
  }

  @Test
  void aSettingThatIsNotHoconIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("optimizer.step-epochs=[1, 2"))
        .withMessageStartingWith("Invalid --set: optimizer.step-epochs=[1, 2 (not HOCON: ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("run..name=x"))
        .withMessageStartingWith("Invalid --set: run..name=x (not HOCON: ");
  }

  @Test
  void aSettingMayNameAnotherOrigin() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                IsonormConfig.loadWith(
                    Optional.empty(),
                    List.of(new Setting("initialization.init-gamma", "0", "--init-gamma"))))
        .withMessage(
            "Invalid initialization.init-gamma: 0 (must be > 0 and finite) in --init-gamma");
  }

  @Test
  void renderingNamesEveryGroupAndLoadsAsTheSame() throws IOException {
    IsonormConfig config =
        set(
            "run.name=with \"quotes\" and ${no} reference",
            "optimizer.weight-decay=1.25e-4",
            "optimizer.step-epochs=[1,2]",
            "initialization.overrides=[{layers = \"stage?.*\", rule = 5/m, std = .5}, {layers = a,"
                + " init-gamma = 2}]",
            "spark.properties.spark.executor.memory=4g");

    String text = config.render();

    assertThat(text)
        .startsWith("run {\n")
        .contains("  weight-decay = 0.000125\n")
        .contains("    \"spark.executor.memory\" = \"4g\"\n");
    assertThat(IsonormConfig.load(Optional.of(write(text)), List.of())).isEqualTo(config);
  }

  @Test
  void parsingAndChangingARenderedConfigurationKeepsTheRest() {
    IsonormConfig config =
        set("grid.axes.run.seed=[1, 2]", "grid.axes.initialization.rule=[5/m, xavier]");

    assertThat(IsonormConfig.parse(config.render())).isEqualTo(config);
    IsonormConfig changed =
        config.with(List.of(new Setting("optimizer.learning-rate", "0.5", "grid.axes")));
    assertThat(changed.optimizer().learningRate()).isEqualTo(.5);
    assertThat(changed.grid()).isEqualTo(config.grid());
    assertThat(changed.withoutGrid().grid()).isEqualTo(defaults().grid());
    assertThat(config.values())
        .containsEntry("optimizer.learning-rate", "0.1")
        .containsEntry("run.name", "isonorm")
        .containsKeys(RecordReader.keys(IsonormConfig.class).toArray(String[]::new));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> config.with(List.of(new Setting("optimizer.learning-rate", "-1", "grid.axes"))))
        .withMessage("Invalid optimizer.learning-rate: -1 (must be > 0 and finite) in grid.axes");
  }

  @Test
  void theFolderOfADataSetIsNamedByItUnlessGiven() {
    assertThat(set("data.dataset=cifar10").data().folder()).isEqualTo("data/cifar10");
    assertThat(set("data.dataset=cifar100").data().folder()).isEqualTo("data/cifar100");
    assertThat(defaults().data().folder())
        .isEqualTo("data/synthetic-10-classes-25000-train-5000-test-seed-1");
    assertThat(set("data.path=/there").data().folder()).isEqualTo("/there");
  }

  @Test
  void theNetworkHasTheClassesOfTheDataSet() {
    assertThat(set("data.dataset=cifar100").networkDefinition().classes()).isEqualTo(100);
    assertThat(set("data.dataset=cifar10").networkDefinition().classes()).isEqualTo(10);
    assertThat(set("data.synthetic.classes=100").networkDefinition().classes()).isEqualTo(100);
    assertThat(set("network.shortcut=b").networkDefinition().shortcut()).isEqualTo(Shortcut.B);
    assertThat(defaults().networkDefinition().shortcut()).isEqualTo(Shortcut.A_BN);
    assertThat(set("network.width=8").networkDefinition().width()).isEqualTo(8);
    assertThat(set("network.biases=none").networkDefinition().biases()).isEqualTo(Biases.NONE);
    assertThat(set("network.batch-normalization=false").networkDefinition().normalization())
        .isEqualTo(Normalization.NONE);
    assertThat(set("network.fixup=true").networkDefinition().normalization())
        .isEqualTo(Normalization.FIXUP);
    assertThat(set("network.activation=tanh").networkDefinition().activation()).isEqualTo("tanh");
    assertThat(set("network.name=plain-30").networkDefinition().normalization())
        .isEqualTo(Normalization.NONE);
    assertThat(set("network.variant=gradinit").networkDefinition().variant())
        .isEqualTo(Variant.GRADINIT);
  }

  @Test
  void groupsConvertToTheirStagesSettings() {
    assertThat(set("augmentation.cutout=16").augmentation().settings())
        .isEqualTo(AugmentationSettings.CROP_AND_FLIP.withCutout(16));
    assertThat(
            set(
                    "augmentation.auto-augment=true",
                    "augmentation.random-erasing.probability=.5",
                    "augmentation.crop-fill=reflect",
                    "augmentation.flip=alternating",
                    "augmentation.mixing.method=mixup",
                    "augmentation.mixing.alpha=.2",
                    "augmentation.label-smoothing=.1")
                .augmentation()
                .settings())
        .isEqualTo(
            AugmentationSettings.CROP_AND_FLIP
                .withCropFill(CropFill.REFLECT)
                .withFlip(FlipMethod.ALTERNATING)
                .withAutoAugment(true)
                .withRandomErasing(RandomErasing.ORIGINAL)
                .withMixing(new MixingSettings(MixingMethod.MIXUP, 1, .2))
                .withLabelSmoothing(.1));
    assertThat(
            set("augmentation.crop-padding=0", "augmentation.random-resized-crop.probability=1")
                .augmentation()
                .settings())
        .isEqualTo(
            AugmentationSettings.NONE
                .withFlip(FlipMethod.RANDOM)
                .withRandomResizedCrop(RandomResizedCrop.USUAL));
    assertThat(
            set("augmentation.color-jitter={brightness = .4, contrast = .3, saturation = .2,"
                    + " hue = .1}")
                .augmentation()
                .settings())
        .isEqualTo(
            AugmentationSettings.CROP_AND_FLIP.withColorJitter(new ColorJitter(.4, .3, .2, .1)));
    assertThat(choice("initialization.std=.02"))
        .isEqualTo(new Initialization("bn-gamma", .4, "normal", "1/n", .02));
    assertThat(
            choice(
                "initialization.activation=tanh",
                "initialization.fan-count=stride",
                "initialization.zero-residual-scales=true",
                "initialization.overrides=[{layers = stem, rule = lecun}]"))
        .isEqualTo(
            Initialization.bnGamma(.4)
                .withActivation(Activation.named("tanh"))
                .withFanCount(FanCount.STRIDE)
                .withZeroResidualScales(true)
                .withOverrides(List.of(LayerOverride.rule("stem", "lecun"))));
  }

  @ParameterizedTest
  @CsvSource({
    "vgg-19, cifar10, 5, 1/n",
    "wrn-28-10, cifar10, 3, .25/n",
    "resnet-110, cifar100, 1.5, constant",
    "densenet-100, cifar100, 1.2, .25/n",
  })
  void thePapersGammaBringsItsClassifier(
      String network, String dataset, double numerator, String classifier) {
    String[] settings = {
      "initialization.init-gamma=paper", "network.name=" + network, "data.dataset=" + dataset
    };

    assertThat(choice(settings))
        .isEqualTo(new Initialization("bn-gamma", 2 / numerator, "normal", classifier));
    assertThat(
            choice(settings[0], settings[1], settings[2], "initialization.classifier=lecun")
                .classifierRule())
        .isEqualTo("lecun");
  }

  @Test
  void anAutomaticGammaFollowsTheLearningRate() {
    String auto = "initialization.init-gamma=auto";

    // Each multiplies and divides by a rate once.
    assertThat(choice(auto, "optimizer.learning-rate=.1").initGamma()).isCloseTo(.4, within(1e-14));
    assertThat(choice(auto, "optimizer.learning-rate=.01").initGamma()).isCloseTo(4, within(1e-14));
    assertThat(choice(auto, "data.synthetic.classes=100", "optimizer.learning-rate=.2").initGamma())
        .isCloseTo(2. / 3, within(1e-14));
  }

  @Test
  void aGammaOfEquilibriumIsMeasuredAtTheUsualOneWhateverTheRate() {
    for (boolean global : new boolean[] {false, true}) {
      InitGamma gamma = new InitGamma.Equilibrium(global);
      IsonormConfig config =
          set("initialization.init-gamma=" + gamma, "optimizer.learning-rate=.01");

      assertThat(config.initialization().initGamma()).isEqualTo(gamma);
      assertThat(IsonormConfig.parse(config.render())).isEqualTo(config);
      assertThat(config.initializationOf(config.networkDefinition()).initGamma())
          .isCloseTo(.4, within(1e-14));
    }
  }

  @Test
  void theActivationIsTheNetworksUnlessGiven() {
    assertThat(choice("network.activation=gelu").activation()).isEqualTo(Activation.named("gelu"));
    assertThat(choice("network.activation=gelu", "initialization.activation=relu").activation())
        .isEqualTo(Activation.named("relu"));
  }

  @Test
  void aTunedMethodStartsAsPublishedUnlessGiven() {
    assertThat(choice("initialization.rule=gradinit"))
        .isEqualTo(new Initialization("kaiming-table-1", .4, "normal", "kaiming-table-1"));
    assertThat(choice("initialization.rule=lsuv"))
        .isEqualTo(new Initialization("orthonormal", .4, "normal", "orthonormal"));
    assertThat(
            choice(
                "initialization.rule=gradinit",
                "initialization.tuning.start=bn-gamma",
                "initialization.classifier=1/n"))
        .isEqualTo(new Initialization("bn-gamma", .4, "normal", "1/n"));
  }

  @ParameterizedTest
  @CsvSource({
    "lsuv, vgg-19, 10, 0, 128",
    "metainit, vgg-19, 500, .1, 128",
    "metainit-table-1, resnet-110, 390, .001, 128",
    "metainit-table-1, densenet-100, 780, .001, 64",
    "gradinit, vgg-19, 390, .1, 128",
    "gradinit, resnet-110, 390, .001, 128",
    "gradinit, densenet-100, 780, .01, 64",
    "gradinit, wrn-28-10, 780, .003, 64",
  })
  void aTunedMethodGoesAboutItAsPublishedUnlessGiven(
      String rule, String network, int iterations, double learningRate, int batchSize) {
    String[] settings = {"initialization.rule=" + rule, "network.name=" + network};
    TuningMethod method = TuningMethod.named(rule).orElseThrow();

    assertThat(set(settings).initialization().tuningOf(network))
        .hasValue(new GraphTuner.Settings(method, iterations, learningRate, batchSize));
    assertThat(
            set(settings[0], settings[1], "initialization.tuning={iterations=3,batch-size=8}")
                .initialization()
                .tuningOf(network))
        .hasValue(new GraphTuner.Settings(method, 3, learningRate, 8));
    assertThat(set(settings[1]).initialization().tuningOf(network)).isEmpty();
  }

  @Test
  void networksWithoutPublishedTuningNeedAllOfIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("initialization.rule=gradinit", "network.name=plain-30"))
        .withMessage(
            "Invalid initialization.rule: gradinit for plain-30 (published for vgg-…, resnet-…,"
                + " densenet-… and wrn-…; give initialization.tuning.start, iterations,"
                + " learning-rate and batch-size) in --set");
    assertThat(
            set(
                    "initialization.rule=gradinit",
                    "network.name=plain-30",
                    "initialization.tuning={start=forward,iterations=3,batch-size=8,learning-rate=.1}")
                .initialization()
                .tuningOf("plain-30"))
        .isPresent();
  }

  @Test
  void kaimingOfTable1BringsItsClassifier() {
    assertThat(choice("initialization.rule=kaiming-table-1").classifierRule())
        .isEqualTo("kaiming-table-1");
  }

  @Test
  void anUnknownKeyOfAnOverrideIsAnErrorThatOffersTheNearest() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set("initialization.overrides=[{layers = a, gamma = 1}]"))
        .withMessage(
            "Unknown key 'gamma' in initialization.overrides (did you mean 'init-gamma'?) in"
                + " --set");
  }

  private static Initialization choice(String... settings) {
    IsonormConfig config = set(settings);
    return config.initializationOf(config.networkDefinition());
  }

  private static IsonormConfig defaults() {
    return set();
  }

  private static IsonormConfig set(String... settings) {
    return IsonormConfig.load(Optional.empty(), List.of(settings));
  }

  private static List<String> changedKeys(IsonormConfig before, IsonormConfig after) {
    return keys()
        .filter(
            arguments -> {
              @SuppressWarnings("unchecked")
              Function<IsonormConfig, Object> field =
                  (Function<IsonormConfig, Object>) arguments.get()[2];
              return !field.apply(before).equals(field.apply(after));
            })
        .map(arguments -> (String) arguments.get()[0])
        .toList();
  }

  private Path write(String text) throws IOException {
    return write("test.conf", text);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
