package org.isonorm.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.LayerKind;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NetworkTopology;
import org.isonorm.init.WeightShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworksTest {

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
  })
  void depthIsTheNames(String name) {
    NetworkDefinition definition = NetworkDefinition.of(name);
    // VGG's name counts three dense layers, of which the form for small images keeps one.
    int dense = definition.family() == NetworkFamily.VGG ? 2 : 0;

    assertThat(Networks.topology(definition).layers())
        .filteredOn(layer -> !layer.name().endsWith(".shortcut"))
        .hasSize(definition.depth() - dense);
  }

  @Test
  void topologyListsLayersInForwardOrder() {
    NetworkDefinition definition = NetworkDefinition.of("resnet-8").withShortcut(Shortcut.B);

    NetworkTopology topology = Networks.topology(definition);

    assertThat(topology.network()).isEqualTo("resnet-8");
    assertThat(topology.layers())
        .startsWith(
            new LayerTopology(
                "stem", LayerKind.CONVOLUTION, WeightShape.convolution(16, 3, 3, 3), false, true))
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
  void builtGraphHasTheDefinitionsTopology() {
    for (String name : List.of("vgg-11", "resnet-110")) {
      NetworkDefinition definition = NetworkDefinition.of(name).withWidth(4);
      ComputationGraph graph = Networks.build(definition);

      assertThat(Networks.topology(name, graph)).isEqualTo(Networks.topology(definition));
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
