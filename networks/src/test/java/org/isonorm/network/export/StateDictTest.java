package org.isonorm.network.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.export.TakenTensor.Fate;
import org.isonorm.network.parameters.FlatParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

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

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void whatWasTakenOutIsPutBack(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    ComputationGraph other = Networks.build(definition);

    assertThat(StateDict.put(StateDict.of(graph), other))
        .allSatisfy(tensor -> assertThat(tensor.fate()).isEqualTo(Fate.TAKEN));
    assertThat(FlatParameters.toBytes(other.params()))
        .isEqualTo(FlatParameters.toBytes(graph.params()));
  }

  @Test
  void aClassifierOfSeveralPixelsIsPutBack() {
    NetworkDefinition definition = NetworkDefinition.of("vgg-11").withWidth(4).withImage(64, 96, 3);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    ComputationGraph other = Networks.build(definition);
    StateDict.put(StateDict.of(graph), other);
    assertThat(FlatParameters.toBytes(other.params()))
        .isEqualTo(FlatParameters.toBytes(graph.params()));
  }

  @Test
  void aTensorOfAnotherShapeStartsAnewAndOneWithoutAPlaceIsLeft() {
    ComputationGraph graph = SmallNetworks.initialized(SmallNetworks.resNet().withClasses(7), 1);
    ComputationGraph other = SmallNetworks.initialized(SmallNetworks.resNet(), 2);
    INDArray classifier = other.getLayer("classifier").getParam("W").dup();
    List<NamedTensor> tensors = new ArrayList<>(StateDict.of(graph));
    tensors.removeIf(tensor -> tensor.name().equals("bn1.bias"));
    tensors.add(new NamedTensor("fc2.weight", new long[] {1}, new float[] {1}));

    assertThat(StateDict.put(tensors, other))
        .filteredOn(tensor -> tensor.fate() != Fate.TAKEN)
        .extracting(TakenTensor::name, TakenTensor::fate, TakenTensor::note)
        .containsExactly(
            tuple("bn1.bias", Fate.ANEW, "it is not there"),
            tuple("fc.weight", Fate.ANEW, "it is [7, 16] there and [10, 16] here"),
            tuple("fc.bias", Fate.ANEW, "it is [7] there and [10] here"),
            tuple("fc2.weight", Fate.LEFT, "the network has no such tensor"));
    assertThat(other.getLayer("classifier").getParam("W")).isEqualTo(classifier);
    assertThat(other.getLayer("stem").getParam("W"))
        .isEqualTo(graph.getLayer("stem").getParam("W"));
  }
}
