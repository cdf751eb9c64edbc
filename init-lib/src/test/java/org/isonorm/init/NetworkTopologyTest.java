package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkTopologyTest {
  private static final LayerTopology CONVOLUTION =
      new LayerTopology(
          "conv1", LayerKind.CONVOLUTION, WeightShape.convolution(16, 3, 3, 3), false, true);

  @Test
  void countsWeightsApartFromOtherParameters() {
    NetworkTopology network = new NetworkTopology("tiny", List.of(CONVOLUTION), 432 + 32);

    assertThat(network.weights()).isEqualTo(432);
    assertThat(network.trainedParameters()).isEqualTo(464);
  }

  @Test
  void keepsItsOwnCopyOfTheLayers() {
    List<LayerTopology> layers = new ArrayList<>(List.of(CONVOLUTION));
    NetworkTopology network = new NetworkTopology("tiny", layers, 432);

    layers.clear();

    assertThat(network.layers()).containsExactly(CONVOLUTION);
  }

  @Test
  void rejectsANetworkWithoutLayers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NetworkTopology("empty", List.of(), 0))
        .withMessage(
            "Invalid layers of network empty: none (must have at least one layer with weights)");
  }

  @Test
  void rejectsTwoLayersOfOneName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NetworkTopology("twins", List.of(CONVOLUTION, CONVOLUTION), 864))
        .withMessage(
            "Invalid layers of network twins: the name conv1 occurs twice (each names a random"
                + " stream)");
  }

  @Test
  void rejectsFewerParametersThanWeights() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NetworkTopology("tiny", List.of(CONVOLUTION), 431))
        .withMessage(
            "Invalid trained parameters of network tiny: 431 (must be >= its 432 weights)");
  }

  @Test
  void rejectsBlankNames() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NetworkTopology(" ", List.of(CONVOLUTION), 432))
        .withMessage("Invalid network name: \" \" (must not be blank)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new LayerTopology("", LayerKind.CLASSIFIER, WeightShape.dense(2, 2), true, false))
        .withMessage("Invalid layer name: \"\" (must not be blank)");
  }
}
