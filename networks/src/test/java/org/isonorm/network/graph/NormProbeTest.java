package org.isonorm.network.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.NormPropagation.Stability;
import org.isonorm.init.SignalStatistics;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

class NormProbeTest {
  /**
   * .1 over thirty layers is what zero padding leaves; half of it for the spread of a net of finite
   * width.
   */
  private static final double LEAST_SIGNAL = .05;

  /** As far from 1 on the other side. */
  private static final double MOST_SIGNAL = 20.0;

  /** Between neighbours, of which each is one draw of 32 channels. */
  private static final double LEAST_RATIO = .3;

  /** Signals shrink by padding, and grow by chance alone. */
  private static final double MOST_ALPHA = 1.5;

  /** Errors are fewer and scatter more. */
  private static final double MOST_BETA = 3.0;

  /** A ratio of two norms of float32 weights, squared. */
  private static final double SAME_RATE = 1e-4;

  private static final int BATCH = 16;
  // Float32 sums over a layer in two orders.
  private static final double SAME_SUM = 1e-4;

  @Tag("long")
  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void gradientsAreThoseOfATrainingStep(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 3);
    RandomBatch batch = RandomBatch.of(definition, BATCH, 5);
    NormPropagation measured = NormProbe.measure(graph, batch.features(), batch.labels());

    try (TrainingStep step = TrainingStep.of(graph)) {
      step.compute(batch.features(), batch.labels());
      for (LayerSignals layer : measured.layers()) {
        INDArray gradient = weightGradient(graph, layer.name());
        double expected = gradient.norm2Number().doubleValue() / BATCH;
        assertThat(layer.gradientNorm()).isCloseTo(expected, within(SAME_SUM * expected + 1e-9));
      }
    }
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void aCompiledPassMeasuresWhatThePassThroughVerticesDoes(NetworkDefinition definition) {
    ComputationGraph graph = SmallNetworks.initialized(definition, 3);
    RandomBatch batch = RandomBatch.of(definition, BATCH, 5);

    NormPropagation compiled = NormProbe.measure(graph, batch.features(), batch.labels());
    NormPropagation plain;
    try (NormProbe vertices = NormProbe.ofVertices(graph)) {
      plain = vertices.measure(batch.features(), batch.labels());
    }

    assertThat(compiled.layers()).hasSameSizeAs(plain.layers());
    for (int i = 0; i < plain.layers().size(); i++) {
      LayerSignals a = compiled.layers().get(i);
      LayerSignals b = plain.layers().get(i);
      assertThat(a.name()).isEqualTo(b.name());
      assertSame(a.activation(), b.activation());
      assertSame(a.error(), b.error());
      assertThat(a.weightNorm()).isEqualTo(b.weightNorm());
      assertThat(a.gradientNorm())
          .isCloseTo(b.gradientNorm(), within(SAME_SUM * b.gradientNorm() + 1e-9));
    }
  }

  private static void assertSame(SignalStatistics actual, SignalStatistics expected) {
    double error = SAME_SUM * expected.rootMeanSquare() + 1e-9;
    assertThat(actual.norm()).isCloseTo(expected.norm(), within(SAME_SUM * expected.norm() + 1e-9));
    assertThat(actual.mean()).isCloseTo(expected.mean(), within(error));
    assertThat(actual.variance())
        .isCloseTo(expected.variance(), within(SAME_SUM * expected.variance() + 1e-12));
  }

  private static INDArray weightGradient(ComputationGraph graph, String name) {
    long from = 0;
    INDArray flat = graph.getFlattenedGradients().reshape(-1);
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = graph.getVertices()[index];
      if (!vertex.hasLayer()) {
        continue;
      }
      if (!vertex.getVertexName().equals(name)) {
        from += vertex.getLayer().numParams();
        continue;
      }
      Layer layer = vertex.getLayer();
      boolean biasFirst =
          layer.type() == Layer.Type.CONVOLUTIONAL && layer.paramTable().containsKey("b");
      long start = from + (biasFirst ? layer.getParam("b").length() : 0);
      return flat.get(NDArrayIndex.interval(start, start + layer.getParam("W").length()));
    }
    throw new AssertionError(name);
  }

  @Test
  void parametersStayAsTheyWere() {
    NetworkDefinition definition = SmallNetworks.resNet();
    ComputationGraph graph = SmallNetworks.initialized(definition, 3);
    byte[] before = FlatParameters.toBytes(graph.params());
    RandomBatch batch = RandomBatch.of(definition, BATCH, 5);

    NormProbe.measure(graph, batch.features(), batch.labels());

    assertThat(FlatParameters.toBytes(graph.params())).isEqualTo(before);
  }

  @Test
  void thirtyPlainLayersVanishAtStandardDeviationOneHundredth() {
    NormPropagation norms = plain30(new Initialization("fixed-std", 1, "normal", "1/n", .01));

    assertThat(norms.forward().stability()).isEqualTo(Stability.VANISHING);
    assertThat(norms.forward().fromLayer()).startsWith("stage1.");
    assertThat(norms.backward().stability()).isEqualTo(Stability.VANISHING);
    assertThat(norms.backward().fromLayer()).startsWith("stage3.");
    assertThat(norms.sentence()).startsWith("Not stable: activations vanish from layer stage1.");
  }

  @Test
  void thirtyPlainLayersStayFlatByEquation24() {
    NormPropagation norms = plain30(new Initialization("2/n", 1, "normal", "1/n"));

    assertThat(norms.sentence()).startsWith("Stable: ");
    // Zero padding leaves .959 to .840 of a 3x3 fan at 32 to 8 pixels.
    for (int i = 0; i < norms.layers().size() - 1; i++) {
      assertThat(norms.layers().get(i).activation().rootMeanSquare())
          .isBetween(LEAST_SIGNAL, MOST_SIGNAL);
      if (i > 0) {
        assertThat(norms.alpha(i)).isBetween(LEAST_RATIO, MOST_ALPHA);
        assertThat(norms.beta(i)).isBetween(LEAST_RATIO, MOST_BETA);
      }
    }
  }

  @Tag("long")
  @Test
  void errorsDoNotDependOnGammaAndGradientsGrowByItsRoot() {
    NetworkDefinition definition = NetworkDefinition.of("resnet-20").withImage(16, 16, 3);
    RandomBatch batch = RandomBatch.of(definition, 32, 7);
    NormPropagation one = measure(definition, Initialization.bnGamma(1), batch);
    NormPropagation four = measure(definition, Initialization.bnGamma(4), batch);

    // The epsilon of batch normalization, 1e-5, against variances of .1 and more.
    double tolerance = 1e-3;
    int classifier = one.layers().size() - 1;
    for (int i = 0; i < classifier; i++) {
      LayerSignals a = one.layers().get(i);
      LayerSignals b = four.layers().get(i);
      // Behind a convolution's batch normalization the error is the same; at its output, before
      // it, it grows as the weights shrink.
      assertThat(b.error().norm() / a.error().norm()).isCloseTo(2, within(2 * tolerance));
      assertThat(b.gradientNorm() / a.gradientNorm()).isCloseTo(2, within(2 * tolerance));
      assertThat(b.effectiveLearningRate(.1) / a.effectiveLearningRate(.1))
          .isCloseTo(4, within(SAME_RATE));
    }
    assertThat(four.layers().get(classifier).error().norm())
        .isCloseTo(
            one.layers().get(classifier).error().norm(),
            within(tolerance * one.layers().get(classifier).error().norm()));
    assertThat(four.layers().get(classifier).gradientNorm())
        .isCloseTo(
            one.layers().get(classifier).gradientNorm(),
            within(tolerance * one.layers().get(classifier).gradientNorm()));
  }

  private static NormPropagation plain30(Initialization initialization) {
    NetworkDefinition definition = NetworkDefinition.of("plain-30").withWidth(32);
    return measure(definition, initialization, RandomBatch.of(definition, 8, 7));
  }

  private static NormPropagation measure(
      NetworkDefinition definition, Initialization initialization, RandomBatch batch) {
    ComputationGraph graph = Networks.build(definition);
    GraphInitializer.initialize(
        graph, InitializationPlan.of(Networks.topology(definition), initialization), 1);
    return NormProbe.measure(graph, batch.features(), batch.labels());
  }
}
