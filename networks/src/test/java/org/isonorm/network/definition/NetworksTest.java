package org.isonorm.network.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.ConvolutionGeometry;
import org.isonorm.init.LayerKind;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NetworkTopology;
import org.isonorm.init.ResidualBranch;
import org.isonorm.init.WeightShape;
import org.isonorm.network.layer.FastBatchNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public class NetworksTest {

  /**
   * Zhang et al. 2022, table 1, and the same networks with other biases, shortcuts and widths,
   * counted exactly.
   */
  @ParameterizedTest
  @CsvSource({
    "vgg-19, none, 64, none, 20035008, 20081088",
    "vgg-19, none, 64, classifier, 20035018, 20081188",
    "vgg-19, none, 64, all, 20040522, 20086692",
    "resnet-110, a, 16, none, 1727952, 1733712",
    "resnet-110, a, 16, classifier, 1727962, 1733812",
    "resnet-110, a+bn, 16, none, 1728048, 1733808",
    "resnet-110, a+bn, 16, classifier, 1728058, 1733908",
    "resnet-110, b, 16, none, 1730704, 1736464",
    "resnet-110, b, 16, classifier, 1730714, 1736564",
    "resnet-34, b, 64, none, 21282112, 21328192",
    "resnet-34, b, 64, classifier, 21282122, 21328292",
    "resnet-34, b, 16, none, 1334608, 1346128",
    "densenet-100, none, 12, none, 769152, 799932",
    "densenet-100, none, 12, classifier, 769162, 800032",
    "wrn-28-10, none, 16, none, 36479184, 36536784",
    "wrn-28-10, none, 16, classifier, 36479194, 36536884",
    "wrn-28-10, none, 16, all, 36489290, 36546980",
  })
  void trainedParametersAreThePapers(
      String name, String shortcut, int width, String biases, long of10Classes, long of100Classes) {
    NetworkDefinition definition =
        NetworkDefinition.of(name)
            .withShortcut(Shortcut.parse(shortcut))
            .withWidth(width)
            .withBiases(Biases.parse(biases));

    assertThat(Networks.topology(definition).trainedParameters()).isEqualTo(of10Classes);
    assertThat(Networks.topology(definition.withClasses(100)).trainedParameters())
        .isEqualTo(of100Classes);
  }

  /** By hand from the widths, scales of batch normalization included. */
  @ParameterizedTest
  @CsvSource({
    "fast-94, 1972792",
    "fast-95, 4606520",
    "fast-96, 9918776",
  })
  void trainedParametersOfFastNetworks(String name, long expected) {
    NetworkDefinition definition = NetworkDefinition.of(name).withBiases(Biases.NONE);
    assertThat(Networks.topology(definition).trainedParameters()).isEqualTo(expected);
  }

  @Test
  void fastNetworksPoolBeforeTheyNormalizeAndAreNormalizedAllTheSame() {
    NetworkTopology topology = Networks.topology(NetworkDefinition.of("fast-94"));

    assertThat(topology.layers())
        .extracting(LayerTopology::name)
        .containsExactly(
            "whitening",
            "stage1.conv1",
            "stage1.conv2",
            "stage2.conv1",
            "stage2.conv2",
            "stage3.conv1",
            "stage3.conv2",
            "classifier");
    assertThat(topology.layers())
        .extracting(LayerTopology::batchNormalized)
        .containsExactly(false, true, true, true, true, true, true, false);
    assertThat(topology.layers().get(0).bias()).isTrue();
    assertThat(topology.layers().stream().limit(7))
        .extracting(layer -> layer.geometry().orElseThrow().imageHeight())
        .containsExactly(32, 31, 15, 15, 7, 7, 3);
  }

  @Test
  void batchNormalizationOfFastNetworksForgetsSooner() {
    FastBatchNormalization usual = batchNormalization("resnet-20", "stem.bn", 0);
    assertThat(usual.getEps()).isEqualTo(1e-5);
    assertThat(usual.getDecay()).isEqualTo(.9);
    FastBatchNormalization fast = batchNormalization("fast-94", "stage1.conv1.bn", 0);
    assertThat(fast.getEps()).isEqualTo(1e-12);
    assertThat(fast.getDecay()).isEqualTo(.6);
    assertThat(batchNormalization("fast-94", "stage1.conv1.bn", .25).getDecay()).isEqualTo(.75);
  }

  @Test
  void batchNormalizationOfDrawnNetworksForgetsAsIsAsked() {
    NetworkDefinition drawn =
        NetworkDefinition.drawn(
            "mine", List.of("conv 4 3x3", "bn", "relu", "conv 4 3x3", "bn", "global-pool"));
    assertThat(batchNormalization(drawn, "bn1").getDecay()).isEqualTo(.9);
    NetworkDefinition faster = drawn.withStatisticsRate(.25);
    assertThat(batchNormalization(faster, "bn1").getDecay()).isEqualTo(.75);
    assertThat(batchNormalization(faster, "bn2").getDecay()).isEqualTo(.75);
    assertThat(faster.withStatisticsRate(.1)).isEqualTo(drawn.withStatisticsRate(.1));
  }

  private static FastBatchNormalization batchNormalization(
      String network, String layer, double rate) {
    return batchNormalization(NetworkDefinition.of(network).withStatisticsRate(rate), layer);
  }

  private static FastBatchNormalization batchNormalization(
      NetworkDefinition network, String layer) {
    LayerVertex vertex = (LayerVertex) Networks.configuration(network).getVertices().get(layer);
    return (FastBatchNormalization) vertex.getLayerConf().getLayer();
  }

  /** What torchvision's documentation says of resnet18, resnet34 and resnet50. */
  @ParameterizedTest
  @CsvSource({
    "resnet-18-imagenet, 11689512",
    "resnet-34-imagenet, 21797672",
    "resnet-50-imagenet, 25557032",
  })
  void trainedParametersAreTorchvisions(String name, long of1000Classes) {
    assertThat(Networks.topology(NetworkDefinition.parse(name, 1000)).trainedParameters())
        .isEqualTo(of1000Classes);
  }

  @Test
  void largeImagesAreHalvedByStemPoolingAndStages() {
    NetworkDefinition definition = NetworkDefinition.of("resnet-50-imagenet").withImage(224, 65, 3);

    assertThat(Networks.topology(definition).layers())
        .filteredOn(layer -> layer.name().matches("stem|stage.\\.block1\\.(conv2|shortcut)"))
        .extracting(LayerTopology::geometry)
        .containsExactly(
            geometry(224, 65, 2, 3),
            geometry(56, 17, 1, 1),
            geometry(56, 17, 1, 0),
            geometry(56, 17, 2, 1),
            geometry(56, 17, 2, 0),
            geometry(28, 9, 2, 1),
            geometry(28, 9, 2, 0),
            geometry(14, 5, 2, 1),
            geometry(14, 5, 2, 0));
  }

  /**
   * The weights of shortcut A without batch normalization; four biases and a multiplier a residual
   * block, one more bias behind the stem and one before the classifier (Zhang, Dauphin and Ma
   * 2019). A pre-activation block has a bias before each of two activations and two convolutions
   * and at its end, and there is one before the last activation instead of behind the stem. A
   * bottleneck has one more convolution and activation.
   */
  @ParameterizedTest
  @CsvSource({
    "resnet-20, a, 9, 5",
    "resnet-110, a, 54, 5",
    "resnet-110, a+bn, 54, 5",
    "resnet-110, b, 54, 5",
    "resnet-34, b, 16, 5",
    "resnet-18-imagenet, b, 8, 5",
    "resnet-50-imagenet, b, 16, 7",
    "wrn-28-10, none, 12, 6",
  })
  void fixupAddsScalars(String name, String shortcut, int blocks, int ofABlock) {
    NetworkDefinition definition =
        NetworkDefinition.of(name)
            .withShortcut(Shortcut.parse(shortcut))
            .withNormalization(Normalization.NONE);

    assertThat(
            Networks.topology(definition.withNormalization(Normalization.FIXUP))
                .trainedParameters())
        .isEqualTo(
            Networks.topology(definition).trainedParameters() + (long) blocks * ofABlock + 2);
  }

  @Test
  void fixupsParametersAreTheAuthors() {
    // What FixupResNet of fixup_resnet_cifar.py has in its constructor, added up.
    assertThat(fixupParameters("resnet-20")).isEqualTo(268393);
    assertThat(fixupParameters("resnet-110")).isEqualTo(1720138);
  }

  private static long fixupParameters(String name) {
    return Networks.topology(NetworkDefinition.of(name).withNormalization(Normalization.FIXUP))
        .trainedParameters();
  }

  @Test
  void scalarsOfFixupStandWhereItsAuthorsHaveThem() {
    NetworkDefinition definition =
        NetworkDefinition.of("resnet-8").withNormalization(Normalization.FIXUP);

    assertThat(inputs(definition, "stem")).containsExactly(GraphDraft.INPUT);
    assertThat(inputs(definition, "stem.activation")).containsExactly("stem.bias");
    assertThat(inputs(definition, "stage2.block1.conv1"))
        .containsExactly("stage2.block1.conv1.input-bias");
    assertThat(inputs(definition, "stage2.block1.conv2"))
        .containsExactly("stage2.block1.conv2.input-bias");
    assertThat(inputs(definition, "stage2.block1"))
        .containsExactly("stage2.block1.conv2.scale", "stage2.block1.shortcut");
    assertThat(inputs(definition, "stage1.block1"))
        .containsExactly("stage1.block1.conv2.scale", "stem.activation");
    assertThat(inputs(definition, "classifier")).containsExactly("classifier.input-bias");
  }

  @Test
  void residualBranchesListTheirConvolutions() {
    NetworkDefinition definition =
        NetworkDefinition.of("wrn-10-2").withNormalization(Normalization.FIXUP);

    assertThat(Networks.topology(definition).branches())
        .startsWith(
            new ResidualBranch(
                List.of("stage1.block1.conv1", "stage1.block1.conv2"), Optional.empty(), true))
        .hasSize(3);
    assertThat(Networks.topology(NetworkDefinition.of("resnet-110")).branches())
        .hasSize(54)
        .allSatisfy(branch -> assertThat(branch.convolutions()).hasSize(2));
  }

  /** Weights on the longest path, which is what the number in a name counts. */
  @ParameterizedTest
  @CsvSource({
    "vgg-11",
    "vgg-13",
    "vgg-16",
    "vgg-19",
    "resnet-8",
    "resnet-20",
    "resnet-32",
    "resnet-44",
    "resnet-56",
    "resnet-110",
    "resnet-34",
    "resnet-18-imagenet",
    "resnet-34-imagenet",
    "resnet-50-imagenet",
  })
  void depthIsTheNames(String name) {
    NetworkDefinition definition = NetworkDefinition.of(name);
    // VGG's name counts three dense layers, of which the form for small images keeps one.
    int dense = definition.family() == NetworkFamily.VGG ? 2 : 0;

    assertThat(Networks.topology(definition).layers())
        .filteredOn(layer -> !layer.name().endsWith(".shortcut"))
        .hasSize(definition.depth() - dense);
  }

  @ParameterizedTest
  @CsvSource({"densenet-10", "densenet-40", "densenet-100", "wrn-10-2", "wrn-28-10", "wrn-40-4"})
  void depthOfDenseAndWideNetsIsTheNames(String name) {
    NetworkDefinition definition = NetworkDefinition.of(name);
    // A wide net's name counts the convolutions on shortcuts, and not the classifier.
    int uncounted = definition.family() == NetworkFamily.WIDE_RESNET ? 1 : 0;

    assertThat(Networks.topology(definition).layers()).hasSize(definition.depth() + uncounted);
  }

  @Test
  void bothVariantsOfAWideNetHaveTheSameWeightsAtOtherStrides() {
    NetworkDefinition standard = NetworkDefinition.of("wrn-28-10");
    NetworkDefinition other = standard.withVariant(Variant.GRADINIT);

    assertThat(Networks.topology(other).withoutGeometry())
        .isEqualTo(Networks.topology(standard).withoutGeometry());
    assertThat(strides(other))
        .containsEntry("stage2.block1.conv1", 1)
        .containsEntry("stage2.block1.conv2", 2);
    assertThat(strides(standard))
        .containsEntry("stage2.block1.conv1", 2)
        .containsEntry("stage2.block1.conv2", 1);
    assertThat(inputs(other, "stage2.block1.shortcut")).containsExactly("stage1.block4");
    assertThat(inputs(standard, "stage2.block1.shortcut"))
        .containsExactly("stage2.block1.conv1.bn");
  }

  private static Map<String, Integer> strides(NetworkDefinition definition) {
    return Networks.configuration(definition).getVertices().entrySet().stream()
        .filter(
            vertex ->
                vertex.getValue() instanceof LayerVertex layer
                    && layer.getLayerConf().getLayer() instanceof ConvolutionLayer)
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                vertex ->
                    ((ConvolutionLayer) ((LayerVertex) vertex.getValue()).getLayerConf().getLayer())
                        .getStride()[0]));
  }

  private static List<String> inputs(NetworkDefinition definition, String vertex) {
    return Networks.configuration(definition).getVertexInputs().get(vertex);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vgg-19",
        "resnet-110",
        "resnet-34",
        "resnet-50-imagenet",
        "densenet-100",
        "wrn-28-10"
      })
  void batchNormalizationFollowsEveryConvolution(String name) {
    assertThat(Networks.topology(NetworkDefinition.of(name)).layers())
        .allSatisfy(
            layer ->
                assertThat(layer.batchNormalized())
                    .as(layer.name())
                    .isEqualTo(layer.kind() == LayerKind.CONVOLUTION));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"vgg-11", "resnet-20", "resnet-34", "densenet-40", "wrn-16-2", "plain-30"})
  void withoutNormalizationThereIsNoneAndAllElseIsTheSame(String name) {
    NetworkDefinition definition =
        NetworkDefinition.of(name).withNormalization(Normalization.NONE).withBiases(Biases.NONE);

    NetworkTopology topology = Networks.topology(definition);

    assertThat(topology.layers()).noneMatch(LayerTopology::batchNormalized);
    assertThat(topology.trainedParameters()).isEqualTo(topology.weights());
    assertThat(topology.layers())
        .extracting(LayerTopology::shape)
        .isEqualTo(
            Networks.topology(NetworkDefinition.of(name)).layers().stream()
                .map(LayerTopology::shape)
                .toList());
  }

  @Test
  void plainNetworksHaveTheConvolutionsOfTheirName() {
    for (int convolutions : new int[] {3, 4, 5, 30}) {
      assertThat(
              Networks.topology(NetworkDefinition.of("plain-" + convolutions)).layers().stream()
                  .filter(layer -> layer.kind() == LayerKind.CONVOLUTION))
          .hasSize(convolutions);
    }
    assertThat(Networks.topology(NetworkDefinition.of("plain-5")).layers())
        .extracting(LayerTopology::name)
        .containsExactly(
            "stage1.conv1",
            "stage1.conv2",
            "stage2.conv1",
            "stage2.conv2",
            "stage3.conv1",
            "classifier");
  }

  @Test
  void anotherActivationThanReluFollowsTheNormalization() {
    NetworkDefinition definition = NetworkDefinition.of("resnet-8").withActivation("tanh");

    assertThat(inputs(definition, "stem.activation")).containsExactly("stem.bn");
    assertThat(inputs(definition, "stage1.block1.activation")).containsExactly("stage1.block1");
    assertThat(Networks.topology(definition))
        .isEqualTo(Networks.topology(NetworkDefinition.of("resnet-8")));
  }

  @Test
  void channelsOfADenseNetAreThePapers() {
    assertThat(Networks.topology(NetworkDefinition.of("densenet-100")).layers())
        .filteredOn(
            layer -> layer.name().startsWith("transition") || layer.kind() == LayerKind.CLASSIFIER)
        .extracting(layer -> layer.shape().in() + " to " + layer.shape().out())
        .containsExactly("216 to 108", "300 to 150", "342 to 10");
  }

  @Test
  void topologyListsLayersInForwardOrder() {
    NetworkDefinition definition = NetworkDefinition.of("resnet-8").withShortcut(Shortcut.B);

    NetworkTopology topology = Networks.topology(definition);

    assertThat(topology.network()).isEqualTo("resnet-8");
    assertThat(topology.layers())
        .startsWith(
            new LayerTopology(
                    "stem",
                    LayerKind.CONVOLUTION,
                    WeightShape.convolution(16, 3, 3, 3),
                    false,
                    true)
                .withGeometry(ConvolutionGeometry.square(32, 1, 1)))
        .endsWith(
            new LayerTopology(
                "classifier", LayerKind.CLASSIFIER, WeightShape.dense(10, 64), true, false))
        .extracting(LayerTopology::name)
        .containsExactly(
            "stem",
            "stage1.block1.conv1",
            "stage1.block1.conv2",
            "stage2.block1.conv1",
            "stage2.block1.conv2",
            "stage2.block1.shortcut",
            "stage3.block1.conv1",
            "stage3.block1.conv2",
            "stage3.block1.shortcut",
            "classifier");
    assertThat(topology.layers().get(5).shape()).isEqualTo(WeightShape.convolution(32, 16, 1, 1));
  }

  @Test
  void everyConvolutionHasTheGeometryOfItsImage() {
    NetworkDefinition definition =
        NetworkDefinition.of("resnet-8").withShortcut(Shortcut.B).withImage(32, 16, 3);

    assertThat(Networks.topology(definition).layers())
        .extracting(LayerTopology::geometry)
        .containsExactly(
            geometry(32, 16, 1, 1),
            geometry(32, 16, 1, 1),
            geometry(32, 16, 1, 1),
            geometry(32, 16, 2, 1),
            geometry(16, 8, 1, 1),
            geometry(32, 16, 2, 0),
            geometry(16, 8, 2, 1),
            geometry(8, 4, 1, 1),
            geometry(16, 8, 2, 0),
            Optional.empty());
    assertThat(Networks.topology(NetworkDefinition.of("vgg-11")).layers())
        .filteredOn(layer -> layer.kind() == LayerKind.CONVOLUTION)
        .extracting(layer -> layer.geometry().orElseThrow().imageHeight())
        .containsExactly(32, 16, 8, 8, 4, 4, 2, 2);
  }

  @Test
  void residualScalesCloseEveryBranch() {
    assertThat(Networks.topology(NetworkDefinition.of("resnet-8")).residualScales())
        .containsExactly(
            "stage1.block1.conv2.bn", "stage2.block1.conv2.bn", "stage3.block1.conv2.bn");
    // Before the last ReLU of a pre-activation block a scale of 0 would let no gradient pass.
    for (String name : List.of("vgg-11", "densenet-10", "wrn-10-1")) {
      assertThat(Networks.topology(NetworkDefinition.of(name)).residualScales()).isEmpty();
    }
  }

  private static Optional<ConvolutionGeometry> geometry(
      int height, int columns, int stride, int padding) {
    return Optional.of(
        new ConvolutionGeometry(height, columns, stride, stride, padding, padding, 1, 1));
  }

  @Test
  void builtGraphHasTheDefinitionsTopology() {
    for (String name : List.of("vgg-11", "resnet-110", "densenet-22", "wrn-16-2")) {
      NetworkDefinition definition = NetworkDefinition.of(name).withWidth(4);
      ComputationGraph graph = Networks.build(definition);

      assertThat(Networks.topology(name, graph))
          .isEqualTo(Networks.topology(definition).withoutGeometry());
    }
  }

  @Test
  void aModelsConfigurationIsTheSameWheneverItIsBuilt() {
    for (NetworkDefinition definition :
        List.of(
            NetworkDefinition.of("resnet-8"),
            NetworkDefinition.drawn("mine", List.of("conv 8 3x3", "bn", "relu", "global-pool")))) {
      // DL4J's own is the time.
      assertThat(Networks.build(definition).getConfiguration().toJson())
          .contains("\"seed\" : 0,")
          .doesNotContainPattern("\"seed\" : [1-9]");
    }
  }

  @Test
  void biasesAreWhereTheDefinitionSaysThem() {
    NetworkDefinition definition = NetworkDefinition.of("vgg-11").withWidth(4);

    assertThat(Networks.topology(definition.withBiases(Biases.NONE)).layers())
        .noneMatch(LayerTopology::bias);
    assertThat(Networks.topology(definition.withBiases(Biases.CLASSIFIER)).layers())
        .filteredOn(LayerTopology::bias)
        .extracting(LayerTopology::kind)
        .containsExactly(LayerKind.CLASSIFIER);
    assertThat(Networks.topology(definition.withBiases(Biases.ALL)).layers())
        .allMatch(LayerTopology::bias);
  }
}
