package org.isonorm.network.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.network.OwnNetworks;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.plan.DropoutSeeds;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;

class FallbackTest {
  private static final int BATCH = 6;

  /** A few steps of float32 that sum the same products in other orders. */
  private static final double ROUNDING = 1e-4;

  private static final DropoutSeeds SEEDS = new DropoutSeeds(new long[] {1, 2, 3, 4, 5, 6});

  private static ComputationGraph initialized(ComputationGraphConfiguration configuration) {
    ComputationGraph graph = new ComputationGraph(configuration);
    graph.init();
    GraphInitializer.initialize(
        graph,
        InitializationPlan.of(
            Networks.topology("mine", graph), Initialization.byRule("kaiming-fan-in")),
        3);
    return graph;
  }

  /** A network of DL4J's whose middle has no fast form. */
  private static NetworkDefinition alexNet(double retained) {
    ComputationGraphConfiguration graph =
        new NeuralNetConfiguration.Builder()
            .activation(Activation.RELU)
            .graphBuilder()
            .addInputs("in")
            .addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(6).build(), "in")
            .addLayer("lrn", new LocalResponseNormalization(), "conv")
            .addLayer("drop", new DropoutLayer(retained), "lrn")
            .addLayer("dense", new DenseLayer.Builder().nOut(9).build(), "drop")
            .addLayer("out", OwnNetworks.output(OwnNetworks.CLASSES), "dense")
            .setOutputs("out")
            .setInputTypes(InputType.convolutional(8, 7, 3))
            .build();
    return NetworkDefinition.drawn("alex", graph).withImage(8, 7, 3).withFallback(true);
  }

  /** Of a network that has both: the fast layers are compared with DL4J's elsewhere. */
  @Test
  void trainsAndEvaluatesAsTheFastLayersDo() {
    NetworkDefinition definition =
        NetworkDefinition.drawn("inception", OwnNetworks.inception(16, OwnNetworks.CLASSES, 4))
            .withImage(16, 16, 3)
            .withFallback(true);
    assertThat(Networks.fallsBack(definition)).isFalse();
    ComputationGraph fast = initialized(Networks.configuration(definition));
    ComputationGraph stock =
        initialized(Fallback.of(definition.ownGraph(), definition, new Sgd(0), 0));
    RandomBatch batch = RandomBatch.of(definition, BATCH, 5);
    OptimizerSettings settings = new OptimizerSettings(.02, .9, 1e-3, true);

    try (TrainingStep ours = TrainingStep.of(fast);
        TrainingStep theirs = TrainingStep.of(stock)) {
      for (int i = 0; i < 4; i++) {
        double loss = ours.compute(batch.features(), batch.labels(), null, SEEDS);
        assertThat(theirs.compute(batch.features(), batch.labels(), null, SEEDS))
            .isCloseTo(loss, within(ROUNDING));
        assertThat(theirs.correct()).isEqualTo(ours.correct());
        ours.update(settings);
        theirs.update(settings);
      }
    }
    // With the running statistics that batch normalization has gathered.
    try (Inference ours = Inference.of(fast);
        Inference theirs = Inference.of(stock)) {
      INDArray logits = ours.logits(batch.features());
      assertThat(theirs.logits(batch.features()).distance2(logits))
          .isLessThan(10 * ROUNDING * logits.norm2Number().doubleValue());
      assertThat(theirs.output(batch.features()).distance2(ours.output(batch.features())))
          .isLessThan(10 * ROUNDING);
    }
  }

  @Test
  void aNetworkOfLayersWithoutAFastFormLearns() {
    NetworkDefinition definition = alexNet(1);
    assertThatThrownBy(() -> Networks.configuration(definition.withFallback(false)))
        .hasMessageStartingWith(
            "Unsupported layer: lrn (there is no fast form of LocalResponseNormalization;");
    assertThat(Networks.fallsBack(definition)).isTrue();
    assertThat(Networks.topology(definition).weights()).isEqualTo(6 * 27 + 9 * 180 + 5 * 9);

    ComputationGraph graph = initialized(Networks.configuration(definition));
    RandomBatch batch = RandomBatch.of(definition, BATCH, 5);
    try (TrainingStep step = TrainingStep.of(graph);
        Inference inference = Inference.of(graph)) {
      double first = step.compute(batch.features(), batch.labels());
      for (int i = 0; i < 60; i++) {
        step.compute(batch.features(), batch.labels());
        step.update(new OptimizerSettings(.05, .9, 0, true));
      }
      assertThat(step.compute(batch.features(), batch.labels())).isLessThan(first / 3);
      // What an inference knows stays until it is told.
      INDArray before = inference.output(batch.features());
      inference.refresh();
      assertThat(inference.output(batch.features())).isNotEqualTo(before);
    }
  }

  @Test
  void dropoutIsDrawnBySeedsAndInTrainingAlone() {
    NetworkDefinition definition = alexNet(.5);
    ComputationGraph graph = initialized(Networks.configuration(definition));
    RandomBatch batch = RandomBatch.of(definition, BATCH, 5);
    try (TrainingStep step = TrainingStep.of(graph);
        Inference inference = Inference.of(graph)) {
      double loss = step.compute(batch.features(), batch.labels(), null, SEEDS);
      assertThat(step.compute(batch.features(), batch.labels(), null, SEEDS)).isEqualTo(loss);
      assertThat(
              step.compute(
                  batch.features(),
                  batch.labels(),
                  null,
                  new DropoutSeeds(new long[] {7, 8, 9, 10, 11, 12})))
          .isNotEqualTo(loss);
      assertThat(inference.output(batch.features())).isEqualTo(inference.output(batch.features()));
    }
  }

  @Test
  void refusesWhatItCannotDo() {
    NetworkDefinition separable =
        NetworkDefinition.drawn(
                "mine",
                new NeuralNetConfiguration.Builder()
                    .graphBuilder()
                    .addInputs("in")
                    .addLayer(
                        "apart", new SeparableConvolution2D.Builder(3, 3).nOut(4).build(), "in")
                    .addLayer("lrn", new LocalResponseNormalization(), "apart")
                    .addLayer("out", OwnNetworks.output(OwnNetworks.CLASSES), "lrn")
                    .setOutputs("out")
                    .setInputTypes(InputType.convolutional(8, 8, 3))
                    .build())
            .withImage(8, 8, 3)
            .withFallback(true);
    assertThatThrownBy(() -> Networks.configuration(separable))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "Unsupported layer: apart (network.fallback = dl4j does not take weights of a SeparableConvolution2D)");
    ComputationGraph graph = initialized(Networks.configuration(alexNet(1)));
    assertThatThrownBy(() -> TrainingStep.of(graph, Precision.BFLOAT16))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("Unsupported step: frozen layers or bf16 of DL4J's own layers");
  }
}
