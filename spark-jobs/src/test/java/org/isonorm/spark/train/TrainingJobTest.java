package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.init.InitializationPlan;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.jobs.StopRequest;
import org.isonorm.spark.jobs.StoppedException;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.Metrics;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.MetricsRow;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.storage.FolderLock;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.collection.JavaConverters;

class TrainingJobTest {
  private static final int EXAMPLES = 240;
  private static final int VALIDATION = 40;

  /** For what does not depend on how long a run trains: two rounds an epoch. */
  private static final String FEW = "data.training-examples=40";

  @TempDir static Path shared;
  @TempDir Path folder;

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = LocalSpark.session();
  }

  /** Two workers of 10 images, a tiny residual network, 200 synthetic images: 10 steps an epoch. */
  private static IsonormConfig config(String... settings) {
    return LocalSpark.withData(unchecked(settings));
  }

  /** The same, whether or not its data set is there. */
  private static IsonormConfig unchecked(String... settings) {
    return IsonormConfig.load(Optional.empty(), settings(settings));
  }

  private static List<String> settings(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "run.name=test",
                "data.path=" + shared.resolve("synthetic"),
                "data.synthetic.train-examples=" + EXAMPLES,
                "data.synthetic.test-examples=50",
                "data.validation-examples=" + VALIDATION,
                "network.name=resnet-8",
                "network.width=4",
                "training.epochs=2",
                "training.global-batch-size=20",
                "averaging.workers=2"));
    all.addAll(Arrays.asList(settings));
    return all;
  }

  private Evaluation train(IsonormConfig config, Path output) throws IOException {
    return TrainingJob.run(config, output, false, spark, line -> {});
  }

  @Test
  void theNumberOfWorkersDoesNotChangeTheStart() {
    byte[][] starts = new byte[2][];
    for (int i = 0; i < starts.length; i++) {
      IsonormConfig config = config("averaging.workers=" + (i + 1));
      NetworkDefinition definition = config.networkDefinition();
      ComputationGraph graph = Networks.build(definition);
      GraphInitializer.initialize(
          graph,
          InitializationPlan.of(Networks.topology(definition), config.initializationOf(definition)),
          config.run().seed());
      starts[i] = FlatParameters.toBytes(graph.params());
    }

    assertThat(starts[1]).isEqualTo(starts[0]);
  }

  @Tag("long")
  @Test
  void networksWithTheScalarsOfFixupTrain() throws IOException {
    Path output = folder.resolve("run");
    IsonormConfig config =
        config("network.fixup=true", "initialization.rule=fixup", "training.norms-every-rounds=10");

    Evaluation evaluation = train(config, output);

    // Chance is .1, log(10) the loss of knowing nothing, which is where the classifier starts.
    assertThat(evaluation.loss()).isLessThan(Math.log(10));
    assertThat(Files.readString(output.resolve("initialization.csv"))).contains("fixup");
    ComputationGraph trained =
        ModelSerializer.restoreComputationGraph(output.resolve("model.zip").toFile());
    assertThat(trained.getParam("stage1.block1.conv2.scale_scale").getDouble(0))
        .isNotEqualTo(1)
        .isCloseTo(1, within(.5));
  }

  @Tag("long")
  @Test
  void aRunStartsFromTheWeightsOfAnother() throws IOException {
    Path first = folder.resolve("first");
    train(config(FEW, "training.epochs=1", "run.seed=7"), first);
    Path second = folder.resolve("second");
    List<String> lines = new ArrayList<>();
    // Nothing moves at a rate this small, so that the end shows the start.
    IsonormConfig config =
        config(
            FEW,
            "training.epochs=1",
            "optimizer.learning-rate=1e-30",
            "initialization.from=" + first);
    TrainingJob.run(config, second, false, spark, lines::add);

    assertThat(lines)
        .anyMatch(
            line -> line.startsWith("Starting from " + first + ": 45 tensors taken; in all 0"));
    assertThat(Files.readAllLines(second.resolve("weights.csv")))
        .contains("tensor,layer,fate,note", "conv1.weight,stem,taken,")
        .hasSize(46);
    assertThat(Files.readAllLines(second.resolve("initialization.csv")).get(1)).contains(",taken,");
    assertThat(graph(second).getParam("stage3.block1.conv2_W"))
        .isEqualTo(graph(first).getParam("stage3.block1.conv2_W"));
  }

  private static ComputationGraph graph(Path run) throws IOException {
    return ModelSerializer.restoreComputationGraph(run.resolve("model.zip").toFile());
  }

  @Test
  void leavesTheRunFolderOfTheDesign() throws IOException {
    Path output = folder.resolve("run");
    List<String> lines = new ArrayList<>();
    IsonormConfig config = config("training.test-time-augmentation=flip-translate");
    Evaluation evaluation = TrainingJob.run(config, output, false, spark, lines::add);

    for (String name :
        List.of(
            "config.conf",
            "environment.json",
            "initialization.csv",
            "metrics.csv",
            "checkpoints/last.zip",
            "checkpoints/best.zip",
            "model.zip",
            "evaluation.json",
            "predictions.json",
            "report.html")) {
      assertThat(output.resolve(name)).isRegularFile();
    }
    assertThat(IsonormConfig.load(Optional.of(output.resolve("config.conf")), List.of()))
        .isEqualTo(config);
    JsonNode written =
        new ObjectMapper().readTree(Files.readString(output.resolve("evaluation.json")));
    assertThat(written.get("examples").asLong()).isEqualTo(50);
    assertThat(written.get("top1Accuracy").asDouble()).isEqualTo(evaluation.top1Accuracy());
    assertThat(written.get("validation").get("bestEpoch").asInt()).isBetween(1, 2);
    assertThat(evaluation.perClass()).hasSize(10);
    Evaluation.Augmented augmented = evaluation.testTimeAugmentation();
    assertThat(augmented.method()).isEqualTo("flip-translate");
    assertThat(augmented.loss()).isPositive().isNotEqualTo(evaluation.loss());
    assertThat(written.get("testTimeAugmentation").get("top1Accuracy").asDouble())
        .isEqualTo(augmented.top1Accuracy());
    assertThat(Files.readString(output.resolve("report.html")))
        .contains("With test-time augmentation (flip-translate): top-1 accuracy ");
    assertThat(lines)
        .anySatisfy(
            line -> assertThat(line).containsPattern("accuracy .*%, with flip-translate .*%"));
    assertThat(lines).anySatisfy(line -> assertThat(line).contains("epoch 2/2 done"));

    List<String> metrics = Files.readAllLines(output.resolve("metrics.csv"));
    assertThat(metrics.get(0)).isEqualTo(MetricsLog.HEADER);
    assertThat(metrics.stream().filter(line -> line.startsWith("round,"))).hasSize(20);
    assertThat(metrics.stream().filter(line -> line.startsWith("epoch,"))).hasSize(2);
    String[] last = metrics.get(metrics.size() - 1).split(",", -1);
    // Every example of the training part exactly once an epoch.
    assertThat(Long.parseLong(last[4])).isEqualTo(2L * (EXAMPLES - VALIDATION));

    ComputationGraph model =
        ModelSerializer.restoreComputationGraph(output.resolve("model.zip").toFile(), false);
    Evaluation again =
        EvaluationJob.run(
            output.resolve("model.zip"),
            config().data().folder(),
            CenterCrop.NONE,
            EvaluationJob.Examples.TEST,
            OptionalInt.of(VALIDATION),
            7,
            TestTimeAugmentation.FLIP_TRANSLATE,
            spark);
    assertThat(model.numParams()).isPositive();
    assertThat(again.confusionMatrix()).isDeepEqualTo(evaluation.confusionMatrix());
    assertThat(again.loss()).isCloseTo(evaluation.loss(), within(1e-5));
    assertThat(again.testTimeAugmentation().loss()).isCloseTo(augmented.loss(), within(1e-5));
    assertThat(again.testTimeAugmentation().top1Accuracy()).isEqualTo(augmented.top1Accuracy());
    Evaluation plain =
        EvaluationJob.run(
            output.resolve("model.zip"),
            config().data().folder(),
            CenterCrop.NONE,
            EvaluationJob.Examples.TEST,
            OptionalInt.of(VALIDATION),
            7,
            TestTimeAugmentation.NONE,
            spark);
    assertThat(plain.testTimeAugmentation()).isNull();
    assertThat(plain.loss()).isEqualTo(again.loss());
  }

  @Tag("long")
  @Test
  void sparksMetricsSystemShowsTheRunWhileItLasts() throws IOException {
    Path output = folder.resolve("shown");
    List<Source> sources = new ArrayList<>();
    Map<String, Object> last = new HashMap<>();
    TrainingJob.run(
        config(),
        output,
        false,
        spark,
        line ->
            JavaConverters.seqAsJavaList(sources("isonorm.shown"))
                .forEach(
                    source -> {
                      sources.add(source);
                      source
                          .metricRegistry()
                          .getGauges()
                          .forEach((name, gauge) -> last.put(name, gauge.getValue()));
                    }));
    assertThat(sources).isNotEmpty();
    assertThat(sources("isonorm.shown").isEmpty()).isTrue();

    MetricsRow round = Metrics.load(output.resolve("metrics.csv")).rounds().get(19);
    assertThat(last.get("step")).isEqualTo(round.step());
    assertThat((Double) last.get("trainLoss")).isCloseTo(round.loss(), within(1e-6));
    assertThat((Double) last.get("imagesPerSecond")).isPositive();
    assertThat((Double) last.get("syncSeconds")).isPositive();
    assertThat((Double) last.get("validationAccuracy")).isBetween(0., 1.);
  }

  private static scala.collection.Seq<Source> sources(String name) {
    return SparkEnv.get().metricsSystem().getSourcesByName(name);
  }

  @Test
  void theRealizedVarianceIsTheRules() throws IOException {
    Path output = folder.resolve("run");
    train(config("initialization.init-gamma=0.4", "training.epochs=1", FEW), output);
    List<String> rows = Files.readAllLines(output.resolve("initialization.csv"));
    assertThat(rows.get(0))
        .isEqualTo(
            "layer,kind,shape,fanIn,fanOut,rule,targetVariance,realizedVariance,realizedMean");
    // 7 convolutions and the classifier of resnet-8.
    assertThat(rows).hasSize(1 + 7 + 1);
    for (String row : rows.subList(1, 8)) {
      String[] cells = row.split(",", -1);
      double target = Double.parseDouble(cells[6]);
      assertThat(target).isCloseTo(2 / (0.4 * Double.parseDouble(cells[4])), within(1e-6 * target));
      // The variance of n normal weights spreads by √(2/n); 108 is the fewest, five spreads
      // allowed.
      assertThat(Double.parseDouble(cells[7]))
          .isCloseTo(target, within(5 * target * Math.sqrt(2.0 / weights(cells[2]))));
    }
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"lsuv", "metainit", "metainit-table-1", "gradinit"})
  void aTunedStartIsTheSameForAnyNumberOfWorkers(String rule) throws IOException {
    String[] settings = {
      "initialization.rule=" + rule,
      "initialization.tuning={iterations=2,batch-size=8,learning-rate=.01}",
      "training.epochs=1",
      FEW,
      "averaging.workers=1"
    };
    List<String> lines = new ArrayList<>();
    TrainingJob.run(config(settings), folder.resolve("one"), false, spark, lines::add);
    settings[4] = "averaging.workers=2";
    train(config(settings), folder.resolve("two"));

    for (String file : List.of("initialization.csv", "tuning.csv", "tuning-steps.csv")) {
      assertThat(Files.readString(folder.resolve("two").resolve(file)))
          .isEqualTo(Files.readString(folder.resolve("one").resolve(file)));
    }
    assertThat(lines)
        .filteredOn(line -> line.startsWith("Tuned by " + rule + ": "))
        .singleElement()
        .asString()
        .contains(" tensors scaled by ");
    List<String> tensors = Files.readAllLines(folder.resolve("one/tuning.csv"));
    assertThat(tensors.get(0)).isEqualTo("layer,tensor,startNorm,scale,finalNorm");
    String[] stem = tensors.get(1).split(",", -1);
    double scale = Double.parseDouble(stem[3]);
    assertThat(stem).startsWith("stem", "stem.weight");
    assertThat(scale).isNotEqualTo(1);
    assertThat(Double.parseDouble(stem[4]))
        .isCloseTo(scale * Double.parseDouble(stem[2]), within(1e-6));
    // What was realized are the scaled weights.
    String[] layer =
        Files.readAllLines(folder.resolve("one/initialization.csv")).get(1).split(",", -1);
    assertThat(Double.parseDouble(layer[7]) + Math.pow(Double.parseDouble(layer[8]), 2))
        .isCloseTo(Math.pow(Double.parseDouble(stem[4]), 2) / weights(layer[2]), within(1e-6));
    assertThat(Files.readString(folder.resolve("one/report.html")))
        .contains("What " + rule + " multiplied the start by", "Tuned scales in numbers");
  }

  private static long weights(String shape) {
    return Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).reduce(1, (a, b) -> a * b);
  }

  @Tag("long")
  @Test
  void resumingDoesNotTuneAgain() throws IOException {
    IsonormConfig config =
        config(
            "initialization.rule=gradinit",
            "initialization.tuning={iterations=2,batch-size=8}",
            FEW);
    Path whole = folder.resolve("whole");
    train(config, whole);
    Path parts = folder.resolve("parts");
    TrainingJob.trainOnly(config, parts, 1, spark, 1, line -> {});
    List<String> lines = new ArrayList<>();
    TrainingJob.run(config, parts, true, spark, lines::add);

    assertThat(lines).noneMatch(line -> line.startsWith("Tuned by"));
    assertThat(parameters("parts")).isEqualTo(parameters("whole"));
    assertThat(Files.readString(parts.resolve("tuning.csv")))
        .isEqualTo(Files.readString(whole.resolve("tuning.csv")));
  }

  @Test
  void theSameSeedGivesTheSameModelAndAnotherSeedAnother() throws IOException {
    String[] augmented = {
      "training.epochs=1",
      "augmentation.cutout=8",
      "augmentation.auto-augment=true",
      "augmentation.mixing.method=cutmix",
      FEW,
      "run.seed=1"
    };
    train(config(augmented), folder.resolve("once"));
    train(config(augmented), folder.resolve("twice"));
    augmented[5] = "run.seed=2";
    train(config(augmented), folder.resolve("other"));
    assertThat(parameters("twice")).isEqualTo(parameters("once"));
    assertThat(parameters("other")).isNotEqualTo(parameters("once"));
  }

  @Tag("long")
  @Test
  void aRunKilledAfterACheckpointEndsLikeAnUndisturbedOne() throws IOException {
    IsonormConfig config = config("training.checkpoint-every-rounds=3", "averaging.frequency=2");
    train(config, folder.resolve("undisturbed"));

    // Five rounds an epoch; killed after the tenth, when the last checkpoint is of the ninth.
    Path output = folder.resolve("killed");
    Consumer<String> killer =
        line -> {
          if (line.contains("epoch 2/2 done")) {
            throw new IllegalStateException("killed");
          }
        };
    assertThatThrownBy(() -> TrainingJob.run(config, output, false, spark, killer))
        .hasMessage("killed");
    assertThat(Checkpoint.load(output.resolve("checkpoints/last.zip")).state().progress())
        .isEqualTo(new Progress(1, 8, 18, 9));

    TrainingJob.run(config, output, true, spark, line -> {});
    assertThat(parameters("killed")).isEqualTo(parameters("undisturbed"));
    assertThat(columns("killed")).isEqualTo(columns("undisturbed"));
  }

  /** Everything of metrics.csv but the times. */
  private List<List<String>> columns(String run) throws IOException {
    return Files.readAllLines(folder.resolve(run).resolve("metrics.csv")).stream()
        .map(line -> Arrays.asList(line.split(",", -1)).subList(0, 10))
        .toList();
  }

  private byte[] parameters(String run) throws IOException {
    return FlatParameters.toBytes(
        Checkpoint.load(folder.resolve(run).resolve("checkpoints/last.zip")).graph().params());
  }

  @Tag("long")
  @Test
  void theStockEngineTrainsToo() throws IOException {
    Path output = folder.resolve("stock");
    Evaluation evaluation = train(config("averaging.engine=dl4j", "averaging.frequency=5"), output);
    assertThat(evaluation.examples()).isEqualTo(50);
    assertThat(output.resolve("model.zip")).isRegularFile();
    assertThat(Files.readAllLines(output.resolve("metrics.csv"))).hasSize(3);
  }

  @Test
  void refusesAFolderThatIsNotEmpty() throws IOException {
    Files.writeString(folder.resolve("precious.txt"), "mine");
    refused(
        () -> train(config(), folder),
        "Invalid output: %s is not empty (choose another --output)".formatted(folder));
    assertThat(folder.resolve("precious.txt")).hasContent("mine");

    Path run = folder.resolve("run");
    train(config("training.epochs=1"), run);
    refused(
        () -> train(config("training.epochs=1"), run),
        "Invalid output: %s is not empty (go on with --resume, or choose another --output)"
            .formatted(run));
  }

  @Tag("long")
  @Test
  void aRunStoppedBeforeItsFirstCheckpointStartsAtItsFirstStep() throws IOException {
    IsonormConfig config = config();
    train(config, folder.resolve("undisturbed"));
    Path output = folder.resolve("killed");
    assertThatThrownBy(
            () ->
                TrainingJob.run(
                    config,
                    output,
                    false,
                    spark,
                    line -> {
                      if (line.contains(" on synthetic: ")) {
                        throw new IllegalStateException("killed");
                      }
                    }))
        .hasMessage("killed");
    assertThat(output.resolve("config.conf")).exists();

    List<String> said = new ArrayList<>();
    TrainingJob.run(config, output, true, spark, said::add);
    assertThat(said).contains(output + " has no checkpoint yet: starting at step 0");
    assertThat(parameters("killed")).isEqualTo(parameters("undisturbed"));
    assertThat(columns("killed")).isEqualTo(columns("undisturbed"));
  }

  @Tag("long")
  @Test
  void aRunKilledAsItMadeItsFolderIsBegun() throws IOException {
    Path output = folder.resolve("run");
    Files.createDirectories(output.resolve("checkpoints"));
    Files.createFile(output.resolve(".lock"));
    train(config("training.epochs=1"), output);
    assertThat(output.resolve("evaluation.json")).exists();
  }

  @Tag("long")
  @Test
  void aRunThatIsAskedToStopLeavesItsLastWholeRoundAndGoesOn() throws IOException {
    IsonormConfig config = config("training.epochs=1", "averaging.frequency=2");
    train(config, folder.resolve("undisturbed"));
    Path output = folder.resolve("stopped");
    try {
      assertThatThrownBy(
              () ->
                  TrainingJob.run(
                      config,
                      output,
                      false,
                      spark,
                      line -> {},
                      List.of(
                          row -> {
                            if (row.step() == 4) {
                              StopRequest.make();
                            }
                          })))
          .isInstanceOf(StoppedException.class);
    } finally {
      StopRequest.withdraw();
    }
    assertThat(Checkpoint.load(output.resolve("checkpoints/last.zip")).state().progress().step())
        .isEqualTo(4);
    TrainingJob.run(config, output, true, spark, line -> {});
    assertThat(parameters("stopped")).isEqualTo(parameters("undisturbed"));
    assertThat(columns("stopped")).isEqualTo(columns("undisturbed"));
  }

  @Tag("long")
  @Test
  void aFinishedRunSaysSoAndIsNotTestedAgain() throws IOException {
    IsonormConfig config = config("training.epochs=1");
    Path output = folder.resolve("run");
    Evaluation evaluation = train(config, output);
    Files.delete(output.resolve("report.html"));
    FileTime tested = Files.getLastModifiedTime(output.resolve("evaluation.json"));

    List<String> said = new ArrayList<>();
    Evaluation again = TrainingJob.run(config, output, true, spark, said::add);
    assertThat(said)
        .containsExactly(
            output + " is finished: nothing is trained, and its evaluation is the one it had");
    assertThat(again.confusionMatrix()).isDeepEqualTo(evaluation.confusionMatrix());
    assertThat(Files.getLastModifiedTime(output.resolve("evaluation.json"))).isEqualTo(tested);
    assertThat(output.resolve("report.html")).exists();
  }

  @Tag("long")
  @Test
  void aFolderThatAnotherProcessHoldsIsRefused() throws IOException {
    IsonormConfig config = config("training.epochs=2");
    Path output = folder.resolve("run");
    TrainingJob.trainOnly(config, output, 1, spark, 1, line -> {});
    try (FolderLock held = FolderLock.take(output, "run folder", line -> {})) {
      held.check();
      assertThatThrownBy(() -> TrainingJob.run(config, output, true, spark, line -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching(
              "Invalid run folder: .*run is in use by process \\d+ on .* \\(wait for it, or stop it\\)");
    }
    TrainingJob.run(config, output, true, spark, line -> {});
    assertThat(output.resolve("model.zip")).exists();
  }

  @Tag("long")
  @Test
  void metricsThatWereDeletedDoNotStopAResume() throws IOException {
    IsonormConfig config = config();
    Path output = folder.resolve("run");
    TrainingJob.trainOnly(config, output, 1, spark, 1, line -> {});
    for (String name : List.of("metrics.csv", "initialization.csv", "environment.json")) {
      Files.delete(output.resolve(name));
    }
    TrainingJob.run(config, output, true, spark, line -> {});
    assertThat(Metrics.load(output.resolve("metrics.csv")).epochs())
        .singleElement()
        .satisfies(epoch -> assertThat(epoch.epoch()).isEqualTo(2));
  }

  @Tag("long")
  @Test
  void aDataSetThatWasMovedIsNamedAtResume() throws IOException {
    Path data = folder.resolve("data");
    IsonormConfig config = config("data.path=" + data);
    Path output = folder.resolve("run");
    TrainingJob.trainOnly(config, output, 1, spark, 1, line -> {});
    Path moved = folder.resolve("moved");
    Files.move(data, moved);
    Path other = folder.resolve("other");
    config("data.path=" + other, "data.synthetic.seed=2");

    assertThatThrownBy(() -> TrainingJob.check(config, output, true))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot open data set %s: it has no manifest.json (if it was moved, go on with --resume --set data.path=DIR)",
            data);
    refused(
        () -> TrainingJob.run(unchecked("data.path=" + other), output, true, spark, line -> {}),
        "Invalid data.path: %s (it holds another data set than the run was trained on, by the checksum of its manifest.json; name the folder that %s was moved to)"
            .formatted(other, data));
    TrainingJob.run(unchecked("data.path=" + moved), output, true, spark, line -> {});
    assertThat(IsonormConfig.load(Optional.of(output.resolve("config.conf")), List.of()).data())
        .isEqualTo(unchecked("data.path=" + moved).data());

    Files.move(moved, data);
    List<String> lines = new ArrayList<>();
    TrainingJob.run(unchecked("data.path=" + moved), output, true, spark, lines::add);
    assertThat(lines).singleElement().asString().contains("is finished");
  }

  @Tag("long")
  @Test
  void trainsWithMixedHiddenStates() throws IOException {
    Evaluation mixed =
        train(
            config("augmentation.mixing.method=manifold-mixup", "augmentation.mixing.alpha=2", FEW),
            folder.resolve("mixed"));
    Evaluation again =
        train(
            config("augmentation.mixing.method=manifold-mixup", "augmentation.mixing.alpha=2", FEW),
            folder.resolve("again"));
    Evaluation unmixed = train(config(FEW), folder.resolve("unmixed"));

    assertThat(mixed.loss()).isFinite().isEqualTo(again.loss()).isNotEqualTo(unmixed.loss());
  }

  @Test
  void saysThatTheReferenceMixesNoHiddenStates() {
    assertThatThrownBy(
            () ->
                train(
                    config("augmentation.mixing.method=manifold-mixup", "averaging.engine=dl4j"),
                    folder.resolve("run")))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("Unsupported: augmentation.mixing.method = manifold-mixup");
  }

  @Test
  void refusesABatchLargerThanTheShard() {
    refused(
        () -> train(config("training.global-batch-size=202"), folder.resolve("run")),
        "Invalid training.global-batch-size: 202 is 101 examples for each of 2 workers, but a worker's shard has 100 (must be at most 200)");
    refused(
        () ->
            train(
                config("averaging.workers=1", "training.global-batch-size=202"),
                folder.resolve("run")),
        "Invalid training.global-batch-size: 202 is 202 examples for each of 1 worker, but a worker's shard has 200 (must be at most 200)");
  }

  @Test
  void refusesAGammaOfEquilibriumWhereThereIsNone() {
    String gamma = "initialization.init-gamma=equilibrium";
    String invalid = "Invalid initialization.init-gamma: equilibrium (must be a number ";
    for (String network : List.of("resnet-8", "plain-4")) {
      IsonormConfig without =
          unchecked(gamma, "network.name=" + network, "network.batch-normalization=false");
      refused(
          () -> TrainingJob.check(without, folder.resolve("run"), false),
          invalid
              + "for "
              + network
              + ": no batch normalization of its own follows any convolution, so that lengths of weights matter)");
    }
    refused(
        () ->
            TrainingJob.check(
                unchecked(gamma, "optimizer.weight-decay=0"), folder.resolve("run"), false),
        invalid + "without weight decay: norms then grow for ever; or set optimizer.weight-decay)");
    // All classes then have the same weights, and no error enters the network.
    refused(
        () ->
            train(config(gamma, "initialization.classifier=constant"), folder.resolve("constant")),
        invalid
            + "for this start: no gradient reaches a convolution whose length does not matter; or"
            + " another initialization.classifier than constant)");
    assertThat(folder.resolve("constant")).doesNotExist();
  }

  /** As every other value does. */
  @Test
  void aGammaOfEquilibriumMeansNothingToOtherRules() throws IOException {
    TrainingJob.check(
        unchecked(
            "initialization.init-gamma=equilibrium",
            "initialization.rule=2/m",
            "optimizer.weight-decay=0"),
        folder.resolve("run"),
        false);
  }

  @Test
  void refusesMoreWorkersThanSlots() {
    refused(
        () -> train(config("averaging.workers=4"), folder.resolve("run")),
        "Invalid averaging.workers: 4 (local[2,2] has 2 task slots; set averaging.workers to at most 2, or give Spark more, as in --master local[4])");
  }

  @Test
  void refusesToResumeACheckpointOfAnotherNetwork() throws IOException {
    Path output = folder.resolve("run");
    TrainingJob.trainOnly(config("training.epochs=1", FEW), output, 1, spark, 1, line -> {});
    IsonormConfig other = config("training.epochs=1", FEW, "network.name=resnet-14");
    Files.writeString(output.resolve("config.conf"), other.render());
    assertThatThrownBy(() -> TrainingJob.run(other, output, true, spark, line -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("it holds resnet-8 of width 4")
        .hasMessageContaining("but the configuration asks for resnet-14");
  }

  @Test
  void refusesToResumeWithAnotherConfiguration() throws IOException {
    Path output = folder.resolve("run");
    train(config("training.epochs=1", FEW), output);
    IsonormConfig other = config("training.epochs=1", FEW, "optimizer.learning-rate=0.2");
    assertThatThrownBy(() -> TrainingJob.run(other, output, true, spark, line -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Invalid --resume: optimizer.learning-rate is 0.2, but 0.1 in "
                + output.resolve("config.conf"))
        .hasMessageContaining("resume with the run's own configuration");
    assertThatNoException()
        .as("on a machine of other cores")
        .isThrownBy(
            () ->
                ResumedRun.check(
                    config("training.epochs=1", FEW, "training.threads-per-worker=7"), output));
  }

  @Test
  void refusesADamagedCheckpoint() throws IOException {
    Path output = folder.resolve("run");
    TrainingJob.trainOnly(config("training.epochs=1", FEW), output, 1, spark, 1, line -> {});
    Files.writeString(output.resolve("checkpoints/last.zip"), "not a zip");
    assertThatThrownBy(
            () ->
                TrainingJob.run(config("training.epochs=1", FEW), output, true, spark, line -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot load checkpoint")
        .hasMessageContaining("it is damaged or not a checkpoint");
  }

  @Test
  void saysHowToIngestWhatIsNotThere() {
    assertThatThrownBy(
            () ->
                train(
                    config("data.dataset=cifar10", "data.path=" + folder.resolve("nothing")),
                    folder.resolve("run")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("isonorm ingest --dataset cifar10 --source DIR_OR_TAR_GZ --out");
  }

  @Test
  void aPathWithNothingThereIsNotDrawnInto() {
    Path nothing = folder.resolve("mistyped");
    assertThatThrownBy(
            () ->
                TrainingJob.run(
                    unchecked("data.path=" + nothing),
                    folder.resolve("run"),
                    false,
                    spark,
                    line -> {}))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot open data set %s: it is not an ingested data set (correct data.path, or leave it out to train on drawn images; your own are ingested with: isonorm ingest --dataset folder --source DIR --out %s)"
                .formatted(nothing, nothing));
    assertThat(nothing).doesNotExist();
  }

  @Test
  void refusesSettingsThatAGivenFolderWasNotDrawnBy() {
    refused(
        () -> train(config("data.synthetic.seed=7"), folder.resolve("run")),
        "Invalid data.synthetic.seed: 7 (%s was drawn with 1; leave it out, or leave data.path out)"
            .formatted(shared.resolve("synthetic")));
  }

  private static void refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
