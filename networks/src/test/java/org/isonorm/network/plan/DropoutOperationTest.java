package org.isonorm.network.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DropoutOperationTest {
  private static final int BATCH = 6;

  /** Central differences of a loss in float32. */
  private static final double FINITE_DIFFERENCE = 1e-2;

  /** Sums of the same products in another order. */
  private static final double ROUNDING = 1e-5;

  private static final DropoutSeeds SEEDS = seeds(1, BATCH);

  private static DropoutSeeds seeds(long first, int count) {
    return new DropoutSeeds(LongStream.range(first, first + count).toArray());
  }

  /**
   * A network that may drop images, hidden values and what the classifier reads.
   *
   * @param probabilities of keeping them; 1 for no layer
   */
  private static NetworkDefinition network(double images, double hidden, double features) {
    ComputationGraphConfiguration graph =
        new NeuralNetConfiguration.Builder()
            .graphBuilder()
            .addInputs("in")
            .addLayer("images", new DropoutLayer(images), "in")
            .addLayer(
                "first",
                new ConvolutionLayer.Builder(3, 3)
                    .nOut(4)
                    .convolutionMode(ConvolutionMode.Same)
                    .activation(Activation.TANH)
                    .build(),
                "images")
            .addLayer("hidden", new DropoutLayer(hidden), "first")
            .addLayer(
                "second",
                new ConvolutionLayer.Builder(2, 2).nOut(5).activation(Activation.TANH).build(),
                "hidden")
            .addLayer(
                "out",
                new OutputLayer.Builder()
                    .nOut(3)
                    .dropOut(features)
                    .activation(Activation.SOFTMAX)
                    .build(),
                "second")
            .setOutputs("out")
            .setInputTypes(InputType.convolutional(6, 5, 2))
            .build();
    return NetworkDefinition.drawn("dropping", graph).withImage(6, 5, 2);
  }

  @ParameterizedTest
  @ValueSource(doubles = {.2, .5, .9})
  void keepsAsOftenAsAskedAndDividesByThat(double retained) {
    float[] factors = new float[200_000];
    DropoutOperation.fill(factors, seeds(7, 4), "layer", retained);
    int kept = 0;
    for (float factor : factors) {
      assertThat(factor == 0 || factor == (float) (1 / retained)).isTrue();
      kept += factor == 0 ? 0 : 1;
    }
    // Five standard deviations.
    assertThat(kept / 200_000.)
        .isCloseTo(retained, within(5 * Math.sqrt(retained * (1 - retained) / 200_000)));
  }

  @Test
  void anExampleLosesTheSameWhereverItStandsAndAnotherLayerOthers() {
    float[] factors = new float[300];
    DropoutOperation.fill(factors, seeds(7, 3), "layer", .5);
    float[] alone = new float[100];
    DropoutOperation.fill(alone, seeds(8, 1), "layer", .5);
    assertThat(alone).isEqualTo(Arrays.copyOfRange(factors, 100, 200));
    assertThat(alone).isNotEqualTo(Arrays.copyOf(factors, 100));
    float[] other = new float[100];
    DropoutOperation.fill(other, seeds(8, 1), "other", .5);
    assertThat(other).isNotEqualTo(alone);
  }

  /** To the bit: what is dropped of the images may as well be dropped before. */
  @Test
  void droppedImagesAreImagesWithoutThoseValues() {
    NetworkDefinition dropping = network(.5, 1, 1);
    NetworkDefinition plain = network(1, 1, 1);
    RandomBatch batch = RandomBatch.of(plain, BATCH, 3);
    ComputationGraph graph = SmallNetworks.initialized(dropping, 1);
    double loss = TrainingStep.of(graph).compute(batch.features(), batch.labels(), null, SEEDS);

    float[] factors = new float[BATCH * 6 * 5 * 2];
    DropoutOperation.fill(factors, SEEDS, "images", .5);
    INDArray masked =
        batch.features().mul(Nd4j.createFromArray(factors).reshape('c', BATCH, 6, 5, 2));
    ComputationGraph same = SmallNetworks.initialized(plain, 1);
    assertThat(TrainingStep.of(same).compute(masked, batch.labels())).isEqualTo(loss);
    assertThat(graph.getFlattenedGradients()).isEqualTo(same.getFlattenedGradients());
  }

  @Test
  void withoutSeedsAndInEvaluationNothingIsDropped() {
    RandomBatch batch = RandomBatch.of(network(1, 1, 1), BATCH, 3);
    ComputationGraph graph = SmallNetworks.initialized(network(.5, .5, .5), 1);
    ComputationGraph plain = SmallNetworks.initialized(network(1, 1, 1), 1);
    TrainingStep step = TrainingStep.of(graph);
    assertThat(step.compute(batch.features(), batch.labels()))
        .isEqualTo(TrainingStep.of(plain).compute(batch.features(), batch.labels()))
        .isNotEqualTo(step.compute(batch.features(), batch.labels(), null, SEEDS));
    try (Inference dropping = Inference.of(graph);
        Inference all = Inference.of(plain)) {
      assertThat(dropping.output(batch.features())).isEqualTo(all.output(batch.features()));
    }
    assertThat(graph.output(true, batch.features())[0])
        .isEqualTo(plain.output(false, batch.features())[0]);
  }

  @Test
  void gradientsAreThoseOfTheLossOfThisDraw() {
    NetworkDefinition definition = network(.8, .5, .6);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(graph);
    RandomBatch batch = RandomBatch.of(definition, BATCH, 3);
    double loss = step.compute(batch.features(), batch.labels(), null, SEEDS);
    INDArray gradient = graph.getFlattenedGradients().dup().reshape(graph.params().shape());
    INDArray start = graph.params().dup();
    double norm = gradient.norm2Number().doubleValue();
    INDArray direction = gradient.mul(1e-2 / norm);

    graph.params().assign(start.add(direction));
    double above = step.compute(batch.features(), batch.labels(), null, SEEDS);
    graph.params().assign(start.sub(direction));
    double below = step.compute(batch.features(), batch.labels(), null, SEEDS);

    double slope = norm / BATCH;
    assertThat((above - below) / 2e-2).isCloseTo(slope, within(FINITE_DIFFERENCE * slope));
    graph.params().assign(start);
    assertThat(step.compute(batch.features(), batch.labels(), null, SEEDS)).isEqualTo(loss);
    assertThat(step.compute(batch.features(), batch.labels(), null, seeds(99, BATCH)))
        .isNotEqualTo(loss);
  }

  @Test
  void twoWorkersDropWhatOneMachineDrops() {
    NetworkDefinition definition = network(.8, .5, .6);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(graph);
    RandomBatch batch = RandomBatch.of(definition, BATCH, 3);
    step.compute(batch.features(), batch.labels(), null, SEEDS);
    INDArray whole = graph.getFlattenedGradients().dup();
    INDArray sum = Nd4j.zerosLike(whole);
    for (int from = 0; from < BATCH; from += BATCH / 2) {
      int[] rows = {from, from + 1, from + 2};
      INDArray images =
          Nd4j.pullRows(batch.features().reshape('c', BATCH, 60), 1, rows).reshape('c', 3, 6, 5, 2);
      step.compute(images, Nd4j.pullRows(batch.labels(), 1, rows), null, seeds(1 + from, 3));
      sum.addi(graph.getFlattenedGradients());
    }
    assertThat(sum.distance2(whole)).isLessThan(ROUNDING * whole.norm2Number().doubleValue());
  }

  @Test
  void halfWidthActivationsAreDroppedAlike() {
    assumeTrue(supportsBfloat16());
    NetworkDefinition definition = network(1, .5, 1);
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, BATCH, 3);
    double exact = TrainingStep.of(graph).compute(batch.features(), batch.labels(), null, SEEDS);
    double half =
        TrainingStep.of(graph, Precision.BFLOAT16)
            .compute(batch.features(), batch.labels(), null, SEEDS);
    // Seven bits of mantissa.
    assertThat(half).isCloseTo(exact, within(.02 * exact));
  }

  private static boolean supportsBfloat16() {
    try {
      KernelProvider.kernels().withPrecision(Precision.BFLOAT16);
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  @Test
  void needsASeedAnExample() {
    NetworkDefinition definition = network(1, .5, 1);
    TrainingStep step = TrainingStep.of(SmallNetworks.initialized(definition, 1));
    RandomBatch batch = RandomBatch.of(definition, BATCH, 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> step.compute(batch.features(), batch.labels(), null, seeds(1, 5)))
        .withMessage("Invalid dropout seeds: 5 for 6 images");
  }
}
