package org.isonorm.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;

/** A small network of DL4J's own layers, for images of any size and any number of classes. */
public final class OwnNetwork {
  private OwnNetwork() {}

  /** Its drawing, in one line. */
  public static String json() {
    String json =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .list()
            .layer(
                new ConvolutionLayer.Builder(3, 3)
                    .name("conv")
                    .nOut(4)
                    .stride(2, 2)
                    .convolutionMode(ConvolutionMode.Same)
                    .activation(Activation.IDENTITY)
                    .build())
            .layer(new BatchNormalization.Builder().name("bn").build())
            .layer(new ActivationLayer.Builder().name("relu").activation(Activation.RELU).build())
            .layer(new GlobalPoolingLayer.Builder().name("mean").build())
            .layer(
                new OutputLayer.Builder().name("out").nIn(4).activation(Activation.SOFTMAX).build())
            .build()
            .toJson();
    try {
      return new ObjectMapper().readTree(json).toString();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
