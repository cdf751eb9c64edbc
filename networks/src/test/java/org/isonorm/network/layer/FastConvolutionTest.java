package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.isonorm.network.layer.ResidualNetwork.CHANNELS;
import static org.isonorm.network.layer.ResidualNetwork.CLASSES;
import static org.isonorm.network.layer.ResidualNetwork.SIZE;
import static org.isonorm.network.layer.ResidualNetwork.batch;
import static org.isonorm.network.layer.ResidualNetwork.distance;
import static org.isonorm.network.layer.ResidualNetwork.gradient;

import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.isonorm.init.NetworkTopology;
import org.isonorm.init.WeightShape;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Groups and dilation; all else is tested with whole networks. */
class FastConvolutionTest {

  /**
   * The loss is smooth in what is moved, by steps that change it by 1e-2: float32 rounding of a
   * loss near 1.4 is 1e-7, curvature the rest.
   */
  private static final double DIFFERENCE_TOLERANCE = 2e-3;

  /** Two ways to compute two layers in float32, as a share of the largest value. */
  private static final double NETWORK_TOLERANCE = 1e-5;

  /** A stem, a grouped and a depthwise dilated convolution, no nonlinearity but the softmax. */
  private static ComputationGraphConfiguration configuration() {
    return new NeuralNetConfiguration.Builder()
        .seed(3)
        .weightInit(WeightInit.RELU)
        .activation(Activation.IDENTITY)
        .graphBuilder()
        .addInputs("images")
        .setInputTypes(InputType.convolutional(SIZE, SIZE, CHANNELS, CNN2DFormat.NHWC))
        .addLayer("stem", FastConvolution.builder().out(6).kernel(1).build(), "images")
        .addLayer(
            "grouped",
            FastConvolution.builder().out(4).kernel(3).padding(1).groups(2).bias(true).build(),
            "stem")
        .addLayer(
            "depthwise",
            FastConvolution.builder().out(8).kernel(3).stride(2).dilation(2).groups(4).build(),
            "grouped")
        .addLayer("mean", new FastGlobalAveragePooling(), "depthwise")
        .addLayer("classifier", new SoftmaxOutput(CLASSES, true), "mean")
        .setOutputs("classifier")
        .build();
  }

  private static ComputationGraph network(String kernel) {
    ComputationGraph graph = new ComputationGraph(configuration());
    graph.init();
    return GraphKernels.give(graph, KernelProvider.kernels(kernel));
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void gradientsAreDerivativesOfTheLoss(String kernel) {
    ComputationGraph graph = network(kernel);
    DataSet batch = batch(5, 1);
    Map<String, float[]> gradients = gradient(graph, batch);

    for (String name : new String[] {"stem_W", "grouped_W", "grouped_b", "depthwise_W"}) {
      INDArray parameter = graph.getParam(name);
      INDArray start = parameter.dup();
      INDArray direction =
          Nd4j.createFromArray(gradients.get(name)).reshape('c', parameter.shape()).divi(5);
      double norm = direction.norm2Number().doubleValue();
      double step = 5e-3 / norm;
      direction.divi(norm);
      parameter.addi(direction.mul(step));
      gradient(graph, batch);
      double ahead = graph.score();
      parameter.assign(start).subi(direction.mul(step));
      gradient(graph, batch);
      double behind = graph.score();
      parameter.assign(start);

      assertThat((ahead - behind) / (2 * step))
          .as(name)
          .isCloseTo(norm, within(DIFFERENCE_TOLERANCE * norm));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j"})
  void kernelsGiveTheSameGradients(String kernel) {
    DataSet batch = batch(5, 2);

    assertThat(distance(gradient(network(kernel), batch), gradient(network("reference"), batch)))
        .isLessThan(NETWORK_TOLERANCE);
  }

  @Test
  void weightsHaveTheInputChannelsOfTheirGroup() {
    ComputationGraph graph = network("onednn");

    assertThat(graph.getParam("grouped_W").shape()).containsExactly(4, 3, 3, 3);
    assertThat(graph.getParam("depthwise_W").shape()).containsExactly(8, 1, 3, 3);
    NetworkTopology topology = Networks.topology("grouped", graph);
    assertThat(topology.layers().get(1).shape())
        .isEqualTo(WeightShape.groupedConvolution(4, 6, 3, 3, 2));
    assertThat(topology.layers().get(2).shape())
        .isEqualTo(WeightShape.groupedConvolution(8, 4, 3, 3, 4));
    assertThat(topology.trainedParameters())
        .isEqualTo(graph.numParams())
        .isEqualTo(6 * 3 + (4 * 3 * 9 + 4) + 8 * 9 + (8 * CLASSES + CLASSES));
    // (10 - (2 · 2 + 1)) / 2 + 1 pixels a side.
    assertThat(graph.feedForward(batch(2, 1).getFeatures(), false).get("depthwise").shape())
        .containsExactly(2, 3, 3, 8);
  }

  @Test
  void configurationSurvivesJson() {
    ComputationGraphConfiguration configuration = configuration();

    assertThat(ComputationGraphConfiguration.fromJson(configuration.toJson()))
        .isEqualTo(configuration);
    assertThat(FastConvolution.builder().out(4).groups(2).build())
        .isNotEqualTo(FastConvolution.builder().out(4).build());
  }

  @Test
  void refusesGroupsThatDoNotDivideTheChannels() {
    FastConvolution convolution = FastConvolution.builder().in(6).out(4).groups(3).build();

    assertThatIllegalArgumentException()
        .isThrownBy(convolution::weightShape)
        .withMessage("Invalid groups: 3 (must divide the 6 input and 4 output channels)");
  }
}
