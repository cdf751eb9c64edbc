package org.isonorm.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.GraphInitializer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Initialization of networks built by someone else, of DL4J's own layers; the README shows it. */
class OwnNetworksTest {
  private static final double INIT_GAMMA = 0.4;
  private static final int CHANNELS = 64;

  /** Of a dense layer, 40,000 weights. */
  private static final int INPUTS = 200;

  /** Six standard errors of a variance: √(2 / 36,864) each. */
  private static final double SPREAD = .05;

  /** 2 / (γ m), of a fan-in of 3 × 3 × 64. */
  private static final double EXPECTED = 2 / (INIT_GAMMA * 9 * CHANNELS);

  @Test
  void aGraph() {
    ComputationGraph graph = graph();

    InitializationPlan plan =
        InitializationPlan.of(Networks.topology("mine", graph), Initialization.bnGamma(INIT_GAMMA));
    GraphInitializer.initialize(graph, plan, 1);

    assertThat(relativeVariance(graph.getParam("second_W"))).isEqualTo(1, within(SPREAD));
    assertThat(graph.getParam("second_b").amaxNumber().doubleValue()).isZero();
    assertThat(graph.getParam("normalization_gamma").minNumber().doubleValue()).isEqualTo(1);
  }

  @Test
  void aListOfLayers() {
    MultiLayerNetwork network = new MultiLayerNetwork(layers().build());
    network.init();

    GraphInitializer.initialize(network, Initialization.bnGamma(INIT_GAMMA), 1);

    assertThat(relativeVariance(network.getParam("1_W"))).isEqualTo(1, within(SPREAD));
    assertThat(network.getParam("2_gamma").minNumber().doubleValue()).isEqualTo(1);
    assertThat(network.getParam("4_W").ameanNumber().doubleValue()).isPositive();
  }

  @Test
  void aConvolutionWithAnActivationOfItsOwnIsNotFollowedByNormalization() {
    assertThat(Networks.topology("mine", graph()).layers())
        .extracting(layer -> layer.name() + " " + layer.batchNormalized())
        .containsExactly("first false", "second true", "classifier false");
  }

  @Test
  void aDenseLayerWithinStartsByTheRule() {
    MultiLayerNetwork network = network(new DenseLayer.Builder().nOut(INPUTS).build());

    GraphInitializer.initialize(network, Initialization.bnGamma(INIT_GAMMA), 1);

    INDArray weights = network.getParam("0_W");
    double variance = weights.norm2Number().doubleValue() * weights.norm2Number().doubleValue();
    assertThat(variance / weights.length() * INIT_GAMMA * INPUTS / 2).isEqualTo(1, within(SPREAD));
    assertThat(network.getParam("0_b").amaxNumber().doubleValue()).isZero();
  }

  @Test
  void aLayerWithOtherParametersIsRefused() {
    MultiLayerNetwork network = network(new PReLULayer.Builder().inputShape(INPUTS).build());

    assertThatThrownBy(() -> GraphInitializer.initialize(network, Initialization.bnGamma(1), 1))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("(PReLULayer) has parameters, and plans know those of ");
  }

  private static MultiLayerNetwork network(Layer first) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(first)
                .layer(new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(INPUTS))
                .build());
    network.init();
    return network;
  }

  private static ComputationGraph graph() {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("images")
                .setInputTypes(InputType.convolutional(8, 8, 3))
                .addLayer("first", convolution(Activation.RELU), "images")
                .addLayer("second", convolution(Activation.IDENTITY), "first")
                .addLayer("normalization", new BatchNormalization(), "second")
                .addLayer("relu", new ActivationLayer(Activation.RELU), "normalization")
                .addLayer("classifier", output(), "relu")
                .setOutputs("classifier")
                .build());
    graph.init();
    return graph;
  }

  private static NeuralNetConfiguration.ListBuilder layers() {
    return new NeuralNetConfiguration.Builder()
        .list()
        .layer(convolution(Activation.RELU))
        .layer(convolution(Activation.IDENTITY))
        .layer(new BatchNormalization())
        .layer(new ActivationLayer(Activation.RELU))
        .layer(output())
        .setInputType(InputType.convolutional(8, 8, 3));
  }

  private static ConvolutionLayer convolution(Activation activation) {
    return new ConvolutionLayer.Builder(3, 3)
        .nOut(CHANNELS)
        .padding(1, 1)
        .activation(activation)
        .build();
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build();
  }

  private static double relativeVariance(INDArray weights) {
    return weights.varNumber().doubleValue() / EXPECTED;
  }
}
