package org.isonorm.spark.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isonorm.data.augmentation.MixingMethod;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.LayerKind;
import org.isonorm.init.TuningMethod;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.tuning.GraphTuner;
import org.isonorm.spark.config.OptimizerConfig.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** conf/paper against the tables of Zhang et al. 2022 as paper-cells.csv has them. */
class PaperFilesTest {
  private static final Path FILES = Path.of("../conf/paper");

  /** γ is written in 16 digits. */
  private static final double RELATIVE = 1e-12;

  /** What the trainer has no method for: its cells have no file. */
  private static final Set<String> UNSUPPORTED = Set.of("Cut-MixMo + CutMix");

  /** A row of paper-cells.csv. */
  record Cell(
      String file,
      String table,
      String network,
      String dataset,
      String augmentation,
      int epochs,
      double weightDecay,
      double warmupEpochs,
      String method,
      String convolutions,
      String classifier,
      String accuracy) {
    static Cell parse(String line) {
      String[] cell = line.split(",", -1);
      return new Cell(
          cell[0],
          cell[1],
          cell[2],
          cell[3],
          cell[4],
          Integer.parseInt(cell[5]),
          Double.parseDouble(cell[6]),
          Double.parseDouble(cell[7]),
          cell[8],
          cell[9],
          cell[10],
          cell[11]);
    }

    /** As the report's own table of results has it. */
    String result() {
      return String.join(",", table, network, dataset, augmentation, "" + epochs, method, accuracy);
    }

    @Override
    public String toString() {
      return file;
    }
  }

  /** A figure: training curves by γ at one learning rate. */
  record Drawing(int number, String network, double learningRate) {
    String file() {
      return "figure%d-%s".formatted(number, network);
    }
  }

  static List<Cell> cells() throws IOException {
    return lines("paper-cells.csv").stream().map(Cell::parse).toList();
  }

  static List<Drawing> figures() {
    return List.of(
        new Drawing(2, "vgg-19", .1),
        new Drawing(3, "vgg-19", .01),
        new Drawing(4, "vgg-19", .001),
        new Drawing(5, "resnet-34", .1),
        new Drawing(6, "resnet-34", .01),
        new Drawing(7, "resnet-34", .001));
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  private static List<String> lines(String name) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                PaperFilesTest.class.getResourceAsStream(name), StandardCharsets.UTF_8))) {
      return reader.lines().skip(1).toList();
    }
  }

  private static IsonormConfig load(String name) {
    return IsonormConfig.load(Optional.of(FILES.resolve(name + ".conf")), List.of());
  }

  private static InitializationPlan plan(IsonormConfig config) {
    NetworkDefinition network = config.networkDefinition();
    return InitializationPlan.of(Networks.topology(network), config.initializationOf(network));
  }

  private static String header(String name) throws IOException {
    return String.join(
        " ",
        Files.readAllLines(FILES.resolve(name + ".conf")).stream()
            .takeWhile(line -> line.startsWith("#"))
            .map(line -> line.substring(1).strip())
            .toList());
  }

  @Test
  void thereIsAFileForEveryCellAndFigureAndNoOther() throws IOException {
    List<String> expected = new ArrayList<>();
    cells().forEach(cell -> expected.add(cell.file() + ".conf"));
    figures().forEach(figure -> expected.add(figure.file() + ".conf"));

    assertThat(files())
        .extracting(file -> file.getFileName().toString())
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  /** The report prints the paper's results beside ours from a table of its own. */
  @Test
  void everyResultOfTheReportHasAFileUnlessItsMethodIsUnsupported() throws IOException {
    List<String> results =
        lines("/org/isonorm/spark/report/paper-results.csv").stream()
            .map(line -> line.charAt(0) + line.substring(line.indexOf(','), line.lastIndexOf(',')))
            .filter(line -> Stream.of(line.split(",", -1)).noneMatch(UNSUPPORTED::contains))
            .toList();

    assertThat(cells()).extracting(Cell::result).containsExactlyInAnyOrderElementsOf(results);
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aCellHasThePapersRecipe(Cell cell) {
    IsonormConfig config = load(cell.file());

    assertThat(config.run().name()).isEqualTo(cell.file());
    assertThat(config.network().name()).isEqualTo(cell.network());
    assertThat(config.network().width()).isZero();
    assertThat(config.data().dataset().id()).isEqualTo(cell.dataset());
    assertThat(config.data().trainingExamples()).isZero();
    assertThat(config.training().epochs()).isEqualTo(cell.epochs());
    assertThat(config.optimizer().weightDecay()).isEqualTo(cell.weightDecay());
    assertThat(config.optimizer().warmupEpochs()).isEqualTo(cell.warmupEpochs());
    assertThat(config.optimizer().learningRate()).isEqualTo(.1);
    assertCommonRecipe(config);
  }

  private static void assertCommonRecipe(IsonormConfig config) {
    OptimizerConfig optimizer = config.optimizer();
    assertThat(optimizer.momentum()).isEqualTo(.9);
    assertThat(optimizer.nesterov()).isTrue();
    assertThat(optimizer.schedule()).isEqualTo(Schedule.COSINE);
    assertThat(config.training().globalBatchSize()).isEqualTo(128);
    assertThat(config.training().evaluationBatchSize()).isEqualTo(100);
    assertThat(config.augmentation().cropPadding()).isEqualTo(4);
    assertThat(config.augmentation().flip()).isEqualTo(AugmentationConfig.Flip.TRUE);
    assertThat(config.augmentation().labelSmoothing()).isZero();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aCellHasThePapersAugmentation(Cell cell) {
    AugmentationConfig augmentation = load(cell.file()).augmentation();
    List<String> parts = List.of(cell.augmentation().split(" \\+ "));

    assertThat(augmentation.autoAugment()).isEqualTo(parts.contains("AutoAugment"));
    assertThat(augmentation.cutout())
        .isEqualTo(parts.contains("Cutout") ? cell.dataset().equals("cifar10") ? 16 : 8 : 0);
    MixingConfig mixing = augmentation.mixing();
    MixingMethod method =
        parts.contains("Mixup")
            ? MixingMethod.MIXUP
            : parts.contains("Manifold Mixup")
                ? MixingMethod.MANIFOLD_MIXUP
                : parts.contains("ResizeMix") ? MixingMethod.RESIZEMIX : MixingMethod.NONE;
    assertThat(mixing.method()).isEqualTo(method);
    assertThat(mixing.probability()).isEqualTo(1);
    RandomErasingConfig erasing = augmentation.randomErasing();
    if (parts.contains("Random Erasing")) {
      assertThat(erasing.probability()).isEqualTo(.5);
      assertThat(erasing.area()).containsExactly(.125, .2);
      assertThat(erasing.aspectRatio()).containsExactly(.99, 1.);
      assertThat(mixing.alpha()).isEqualTo(.2);
    } else {
      assertThat(erasing.probability()).isZero();
      assertThat(mixing.alpha()).isEqualTo(method == MixingMethod.MANIFOLD_MIXUP ? 2 : 1);
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aCellStartsAsThePaperDoes(Cell cell) {
    for (LayerInitialization layer : plan(load(cell.file())).layers()) {
      boolean classifier = layer.layer().kind() == LayerKind.CLASSIFIER;
      assertStarts(layer, classifier ? cell.classifier() : cell.convolutions());
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aCellTunesItsStartAsPublished(Cell cell) {
    InitializationConfig initialization = load(cell.file()).initialization();
    Optional<TuningMethod> method =
        switch (cell.method()) {
          case "MetaInit" -> Optional.of(TuningMethod.METAINIT_TABLE_1);
          case "GradInit" -> Optional.of(TuningMethod.GRADINIT);
          default -> Optional.empty();
        };

    assertThat(initialization.tuningOf(cell.network()))
        .isEqualTo(method.map(each -> GraphTuner.Settings.published(each, cell.network())));
  }

  /** A start is c/n, c/m, the variance itself, or constant for every weight .01. */
  private static void assertStarts(LayerInitialization layer, String start) {
    if (start.equals("constant")) {
      assertThat(layer.sample(1)).containsOnly(.01f);
      return;
    }
    String[] ratio = start.split("/");
    double expected = Double.parseDouble(ratio[0]);
    if (ratio.length == 2) {
      expected /= ratio[1].equals("m") ? layer.fan().out() : layer.fan().in();
    }
    assertThat(layer.variance())
        .as(layer.layer().name())
        .isCloseTo(expected, within(RELATIVE * expected));
  }

  @ParameterizedTest
  @MethodSource("figures")
  void aFigureIsAGridOverGammaAtItsLearningRate(Drawing figure) {
    IsonormConfig config = load(figure.file());

    assertThat(config.run().name()).isEqualTo(figure.file());
    assertThat(config.network().name()).isEqualTo(figure.network());
    assertThat(config.network().biases()).isEqualTo(Biases.NONE);
    assertThat(config.optimizer().learningRate()).isEqualTo(figure.learningRate());
    assertThat(config.optimizer().weightDecay()).isEqualTo(2e-4);
    assertThat(config.training().epochs()).isEqualTo(200);
    assertThat(config.data().dataset().id()).isEqualTo("cifar10");
    assertCommonRecipe(config);
    assertThat(config.grid().axes().get("optimizer.learning-rate"))
        .extracting(Double::parseDouble)
        .containsExactly(figure.learningRate());
    assertThat(config.grid().axes().get("initialization.init-gamma"))
        .extracting(gamma -> 2 / Double.parseDouble(gamma))
        .contains(5.)
        .hasSizeGreaterThanOrEqualTo(5);
    for (LayerInitialization layer : plan(config).layers()) {
      assertStarts(layer, layer.layer().kind() == LayerKind.CLASSIFIER ? "1/n" : "5/m");
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aCellOpensWithItsCommandThePapersNumberAndTheCost(Cell cell) throws IOException {
    assertThat(header(cell.file()))
        .startsWith("Table " + cell.table() + ", ")
        .contains(" bin/isonorm train --config conf/paper/" + cell.file() + ".conf ")
        .contains(" --scale small")
        .contains("The paper: " + cell.accuracy() + " %")
        .containsPattern(
            "Two EPYC cores: about \\d+ (hours|days), %d epochs .* images/s"
                .formatted(cell.epochs()));
  }

  @ParameterizedTest
  @MethodSource("figures")
  void aFigureOpensWithItsCommandAndTheCost(Drawing figure) throws IOException {
    assertThat(header(figure.file()))
        .startsWith("Figure " + figure.number() + ": ")
        .contains(" bin/isonorm grid --config conf/paper/" + figure.file() + ".conf ")
        .containsPattern("Two EPYC cores: about \\d+ days, \\d+ x 200 epochs .* images/s");
  }

  @ParameterizedTest
  @MethodSource("files")
  void theSmallScaleKeepsTheShapeOfAnExperiment(Path file) {
    IsonormConfig full = IsonormConfig.load(Optional.of(file), List.of());
    IsonormConfig small = IsonormConfig.loadWith(Optional.of(file), Scale.SMALL.settings(full));

    assertThat(small.training().epochs()).isEqualTo(8);
    assertThat(small.training().globalBatchSize()).isEqualTo(64);
    assertThat(small.data().trainingExamples()).isEqualTo(6_000);
    assertThat(small.data().validationExamples()).hasValue(1_000);
    assertThat(small.run().output()).isEqualTo("runs/" + full.run().name() + "-small");
    assertThat(small.run().note())
        .startsWith("Small scale: at most 6000 training examples, 8 epochs, batch 64")
        .contains("all examples, " + full.training().epochs() + " epochs");
    assertThat(small.optimizer().warmupEpochs() / 8)
        .isCloseTo(full.optimizer().warmupEpochs() / full.training().epochs(), within(RELATIVE));
    assertThat(small.networkDefinition().width() * 4).isEqualTo(full.networkDefinition().width());
    assertThat(small.augmentation()).isEqualTo(full.augmentation());
    assertThat(tunedAs(full, small.initialization())).isEqualTo(full.initialization());
    full.initialization()
        .tuningOf(full.network().name())
        .ifPresent(
            tuning ->
                assertThat(small.initialization().tuningOf(small.network().name()))
                    .hasValue(
                        new GraphTuner.Settings(
                            tuning.method(),
                            20,
                            tuning.learningRate(),
                            Math.floorDiv(tuning.batchSize(), 2))));
    assertThat(small.grid()).isEqualTo(full.grid());
    assertThat(small.averaging()).isEqualTo(full.averaging());
  }

  /** An initialization with the tuning of another configuration. */
  private static InitializationConfig tunedAs(IsonormConfig other, InitializationConfig value) {
    return new InitializationConfig(
        value.rule(),
        value.initGamma(),
        value.distribution(),
        value.std(),
        value.classifier(),
        value.activation(),
        value.fanCount(),
        value.zeroResidualScales(),
        value.from(),
        value.overrides(),
        other.initialization().tuning());
  }
}
