package org.isonorm.network.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Lsuv;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.TunedScales;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class GraphActivationsTest {
  /** At which the published LSUV stops. */
  private static final double PUBLISHED_TOLERANCE = .1;

  /** Float32 forward passes, one of them through other kernels' shapes. */
  private static final double ROUNDING = 1e-4;

  @Tag("long")
  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void outputsAreThoseOfTheNetworkWithScaledWeights(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 8, 2);
    INDArray before = graph.params().dup();
    double[] scales;
    double[] found;
    try (GraphActivations oracle = GraphActivations.of(graph, batch.features())) {
      scales = new double[oracle.layers().size()];
      found = new double[scales.length];
      Arrays.fill(scales, 1);
      for (int layer = 0; layer < scales.length; layer++) {
        oracle.outputStandardDeviation(layer, scales);
        scales[layer] = 1 + .1 * (layer % 3);
        found[layer] = oracle.outputStandardDeviation(layer, scales);
      }
      // An earlier layer again.
      assertThat(oracle.outputStandardDeviation(0, scales))
          .isCloseTo(found[0], within(ROUNDING * found[0]));
    }
    assertThat(graph.params()).isEqualTo(before);

    for (int layer = 0; layer < scales.length; layer++) {
      graph
          .getLayer(Networks.topology(definition).layers().get(layer).name())
          .getParam("W")
          .muli(scales[layer]);
    }
    NormPropagation norms = NormProbe.measure(graph, batch.features(), batch.labels());
    for (int layer = 0; layer < scales.length; layer++) {
      double expected = Math.sqrt(norms.layers().get(layer).activation().variance());
      assertThat(found[layer])
          .as(norms.layers().get(layer).name())
          .isCloseTo(expected, within(ROUNDING * expected));
    }
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void lsuvGivesEveryLayerUnitVariance(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 16, 2);
    TunedScales tuned;
    try (GraphActivations oracle = GraphActivations.of(graph, batch.features())) {
      tuned = Lsuv.run(oracle, Lsuv.PUBLISHED, TuningProgress.none());
    }
    assertThat(tuned.values())
        .allSatisfy(std -> assertThat(std).isCloseTo(1, within(PUBLISHED_TOLERANCE)));
  }
}
