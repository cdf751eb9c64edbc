package org.isonorm.network.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.isonorm.init.ParameterTensor;
import org.isonorm.init.ParameterTensor.Kind;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GraphTensorsTest {
  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void everyTensorHasANameOfItsOwn(NetworkDefinition definition) {
    assertThat(GraphTensors.of(Networks.build(definition)).tensors())
        .extracting(ParameterTensor::name)
        .doesNotHaveDuplicates();
  }

  @Test
  void scalarsOfFixupAreAMultiplierAndABias() {
    NetworkDefinition definition = SmallNetworks.resNet().withNormalization(Normalization.FIXUP);
    List<ParameterTensor> tensors = GraphTensors.of(Networks.build(definition)).tensors();

    assertThat(tensors)
        .contains(
            new ParameterTensor("stage1.block1.conv2.scale.multiplier", Kind.SCALE, 1, false),
            new ParameterTensor("stage1.block1.conv2.scale.bias", Kind.BIAS, 1, false),
            new ParameterTensor("stem.bias.bias", Kind.BIAS, 1, false));
  }
}
