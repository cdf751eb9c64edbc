package org.isonorm.example;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.NetworkProvider;
import org.nd4j.linalg.activations.Activation;

/** A jar's family: {@code tent-N} of N convolutions, of which each has four channels more. */
public final class Tents implements NetworkProvider {
  @Override
  public List<String> names() {
    return List.of("tent-2");
  }

  @Override
  public boolean provides(String name) {
    return name.matches("tent-[1-9]");
  }

  @Override
  public ComputationGraphConfiguration configuration(NetworkDefinition network) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .convolutionMode(ConvolutionMode.Same)
            .activation(Activation.RELU)
            .graphBuilder()
            .addInputs("images");
    String last = "images";
    for (int i = 1; i <= Integer.parseInt(network.name().substring("tent-".length())); i++) {
      graph.addLayer("conv" + i, new ConvolutionLayer.Builder(3, 3).nOut(4 * i).build(), last);
      last = "conv" + i;
    }
    return graph
        .addLayer("drop", new DropoutLayer(.8), last)
        .addLayer("max", new GlobalPoolingLayer(), "drop")
        .addLayer(
            "classes",
            new OutputLayer.Builder()
                .activation(Activation.SOFTMAX)
                .nOut(network.classes())
                .build(),
            "max")
        .setOutputs("classes")
        .build();
  }
}
