package org.isonorm.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.LayerKind;
import org.isonorm.init.LayerTopology;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Convolutions before batch normalization at c times the weights, c² times the learning rate, 1/c²
 * times the weight decay and c² times the constant in batch normalization's root train alike (van
 * Laarhoven 2017, Li and Arora 2020), under momentum and any schedule. With c = 2 every product is
 * one with a power of two, so that float32 keeps it to the last bit. This is why initial variance
 * and learning rate matter by their ratio, as init-gamma says.
 */
class ScaleSymmetryTest {
  private static final int STEPS = 250;
  private static final double WEIGHT_DECAY = 5e-3;

  static Stream<NetworkDefinition> normalizedNetworks() {
    return SmallNetworks.ofEveryFamily()
        .filter(network -> network.normalization() == Normalization.BATCH)
        .filter(network -> network.biases() != Biases.ALL)
        .filter(ScaleSymmetryTest::isNormalizedWhole);
  }

  /** The first convolution of fast networks is not: that symmetry is none of theirs. */
  private static boolean isNormalizedWhole(NetworkDefinition network) {
    return Networks.topology(network).layers().stream()
        .filter(layer -> layer.kind() == LayerKind.CONVOLUTION)
        .allMatch(LayerTopology::batchNormalized);
  }

  @Test
  void lossesStayTheSameToTheLastBit() {
    NetworkDefinition network = SmallNetworks.resNet();

    List<Double> losses = losses(network, 1, STEPS, true);

    assertThat(losses(network, 2, STEPS, true)).isEqualTo(losses);
    assertThat(losses.get(STEPS - 1)).isLessThan(losses.get(0));
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("normalizedNetworks")
  void itHoldsInEveryFamily(NetworkDefinition network) {
    assertThat(losses(network, 2, 10, true)).isEqualTo(losses(network, 1, 10, true));
  }

  /** It is the convolutions' rate that counts: with one rate for everything it does not hold. */
  @Test
  void itIsOfTheConvolutionsAlone() {
    NetworkDefinition network = SmallNetworks.resNet();

    assertThat(losses(network, 2, 10, false)).isNotEqualTo(losses(network, 1, 10, false));
  }

  /** The losses of a cosine from rate .05, of convolutions or of everything times c². */
  private static List<Double> losses(
      NetworkDefinition definition, int c, int steps, boolean convolutionsAlone) {
    ComputationGraph graph = scaled(definition, c);
    List<ParameterRule> rules =
        convolutionsAlone
            ? List.of(
                ParameterRule.learningRate(c * c, ParameterKind.CONVOLUTION),
                ParameterRule.weightDecay(1. / (c * c), ParameterKind.CONVOLUTION))
            : List.of(ParameterRule.weightDecay(1. / (c * c), ParameterKind.CONVOLUTION));
    double whole = convolutionsAlone ? .05 : .05 * c * c;
    List<Double> losses = new ArrayList<>();
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int t = 0; t < steps; t++) {
        RandomBatch batch = RandomBatch.of(definition, 8, t % 4);
        losses.add(step.compute(batch.features(), batch.labels()));
        double rate = whole / 2 * (1 + Math.cos(Math.PI * t / steps));
        step.update(OptimizerSettings.nesterov(rate, .9, WEIGHT_DECAY).withRules(rules));
      }
    }
    return losses;
  }

  private static ComputationGraph scaled(NetworkDefinition definition, int c) {
    ComputationGraphConfiguration configuration = Networks.configuration(definition);
    configuration
        .getVertices()
        .forEach(
            (name, vertex) -> {
              if (vertex instanceof LayerVertex layer
                  && layer.getLayerConf().getLayer() instanceof BatchNormalization normalization
                  && !normalizesActivations(definition, name)) {
                normalization.setEps(normalization.getEps() * c * c);
              }
            });
    ComputationGraph graph = new ComputationGraph(configuration);
    graph.init();
    SmallNetworks.initialized(graph, definition, 1);
    for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
      if (parameter.kind() == ParameterKind.CONVOLUTION) {
        graph
            .params()
            .reshape(graph.params().length())
            .get(NDArrayIndex.interval(parameter.from(), parameter.to()))
            .muli(c);
      }
    }
    return graph;
  }

  /** Shortcuts without a convolution: what they normalize is not c times as large. */
  private static boolean normalizesActivations(NetworkDefinition definition, String layer) {
    return definition.shortcut() == Shortcut.A_BN && layer.contains("shortcut");
  }
}
