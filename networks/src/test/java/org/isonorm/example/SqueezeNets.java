package org.isonorm.example;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.NetworkProvider;
import org.nd4j.linalg.activations.Activation;

/**
 * A family of one's own: {@code squeeze-N} of N fire modules (Iandola et al. 2016). {@code
 * META-INF/services/org.isonorm.network.definition.NetworkProvider} names this class.
 */
public final class SqueezeNets implements NetworkProvider {
  @Override
  public List<String> names() {
    return List.of("squeeze-2");
  }

  @Override
  public boolean provides(String name) {
    return name.matches("squeeze-[1-9]");
  }

  @Override
  public ComputationGraphConfiguration configuration(NetworkDefinition network) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .convolutionMode(ConvolutionMode.Same)
            .activation(Activation.RELU)
            .graphBuilder()
            .addInputs("images")
            .addLayer("stem", convolution(3, 16, 2), "images");
    String last = "stem";
    for (int i = 1; i <= Integer.parseInt(network.name().substring("squeeze-".length())); i++) {
      String fire = "fire" + i;
      graph.addLayer(fire + ".squeeze", convolution(1, 8, 1), last);
      graph.addLayer(fire + ".1x1", convolution(1, 16, 1), fire + ".squeeze");
      graph.addLayer(fire + ".3x3", convolution(3, 16, 1), fire + ".squeeze");
      graph.addVertex(fire, new MergeVertex(), fire + ".1x1", fire + ".3x3");
      last = fire;
    }
    return graph
        .addLayer("mean", new GlobalPoolingLayer(PoolingType.AVG), last)
        .addLayer(
            "classes",
            new OutputLayer.Builder()
                .activation(Activation.SOFTMAX)
                .nOut(network.classes())
                .build(),
            "mean")
        .setOutputs("classes")
        .build();
  }

  private static ConvolutionLayer convolution(int kernel, int channels, int stride) {
    return new ConvolutionLayer.Builder(kernel, kernel)
        .stride(stride, stride)
        .nOut(channels)
        .build();
  }
}
