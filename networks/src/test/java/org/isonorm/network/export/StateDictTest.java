package org.isonorm.network.export;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Shortcut;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StateDictTest {
  @Test
  void residualNetworksHaveTorchvisionsNames() {
    assertThat(StateDict.of(Networks.build(SmallNetworks.resNet().withShortcut(Shortcut.B))))
        .extracting(NamedTensor::toString)
        .contains(
            "conv1.weight[4, 3, 3, 3]",
            "bn1.running_mean[4]",
            "layer1.0.conv1.weight[4, 4, 3, 3]",
            "layer1.0.bn2.weight[4]",
            "layer2.0.downsample.0.weight[8, 4, 1, 1]",
            "layer2.0.downsample.1.running_var[8]",
            "fc.weight[10, 16]",
            "fc.bias[10]")
        .hasSize(9 + 9 * 4 + 2);
  }

  @Test
  void chainsAreCountedAsInASequential() {
    assertThat(StateDict.of(Networks.build(NetworkDefinition.of("vgg-11").withWidth(4))))
        .extracting(NamedTensor::toString)
        .startsWith("features.0.weight[4, 3, 3, 3]", "features.1.weight[4]")
        .contains(
            "features.4.weight[8, 4, 3, 3]",
            "features.26.running_var[32]",
            "classifier.weight[10, 32]");
  }

  @Test
  void denseNetsHaveTorchvisionsNames() {
    assertThat(StateDict.of(Networks.build(SmallNetworks.denseNet())))
        .extracting(NamedTensor::name)
        .contains(
            "features.conv0.weight",
            "features.denseblock1.denselayer1.norm1.weight",
            "features.denseblock3.denselayer1.conv2.weight",
            "features.transition2.conv.weight",
            "features.transition2.norm.bias",
            "features.norm5.running_mean",
            "classifier.bias");
  }

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void everyParameterIsThereUnderANameOfItsOwn(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    assertThat(StateDict.of(graph)).extracting(NamedTensor::name).doesNotHaveDuplicates();
    assertThat(StateDict.of(graph).stream().mapToLong(tensor -> tensor.values().length).sum())
        .isEqualTo(graph.numParams());
  }
}
