package org.isonorm.network.definition;

import java.util.Locale;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.isonorm.network.layer.ScalarAffine;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Draws with DL4J's own layers, in its own format, [N, channels, height, width]. */
final class StockDraft extends GraphDraft {

  StockDraft(NetworkDefinition definition, IUpdater updater, double l2) {
    super(definition, updater, l2, CNN2DFormat.NCHW);
  }

  @Override
  String scalars(String name, String from, ScalarAffine layer) {
    throw new UnsupportedOperationException(
        String.format(
            Locale.ROOT,
            "Unsupported layer: %s (DL4J has none of Fixup's scalars; leave out the peers, or set network.fixup = false)",
            name));
  }

  @Override
  String convolution(
      String name, String from, int kernel, int stride, int padding, int channels, boolean bias) {
    builder.addLayer(
        name,
        new ConvolutionLayer.Builder(kernel, kernel)
            .stride(stride, stride)
            .padding(padding, padding)
            .convolutionMode(ConvolutionMode.Truncate)
            .dataFormat(CNN2DFormat.NCHW)
            .weightInit(WeightInit.RELU)
            .hasBias(bias)
            .nOut(channels)
            .build(),
        from);
    return name;
  }

  @Override
  String batchNormalization(String layer, String from, boolean relu) {
    String name = layer + ".bn";
    builder.addLayer(
        name,
        new BatchNormalization.Builder()
            .decay(1 - definition.statisticsRate())
            .eps(definition.family().epsilon())
            .build(),
        from);
    return relu ? relu(layer, name) : name;
  }

  private String relu(String layer, String from) {
    return activation(layer, from, new ActivationReLU());
  }

  @Override
  String activation(String layer, String from) {
    return activation(layer, from, function(definition.activation()));
  }

  private String activation(String layer, String from, IActivation function) {
    String name = layer + ".activation";
    builder.addLayer(name, new ActivationLayer(function), from);
    return name;
  }

  private static IActivation function(String name) {
    return switch (name) {
      case "identity" -> new ActivationIdentity();
      case "relu" -> new ActivationReLU();
      case "leaky-relu", "prelu" ->
          new ActivationLReLU(
              org.isonorm.init.Activation.named(name).derivative().applyAsDouble(-1));
      case "tanh" -> new ActivationTanH();
      case "sigmoid" -> new ActivationSigmoid();
      case "gelu", "gelu-tanh" -> new ActivationGELU(true);
      case "silu" -> new ActivationSwish();
      case "elu" -> new ActivationELU();
      case "selu" -> new ActivationSELU();
      case "softplus" -> new ActivationSoftPlus();
      case "mish" -> new ActivationMish();
      case "hard-tanh" -> new ActivationHardTanH();
      case "softsign" -> new ActivationSoftSign();
      default ->
          throw new UnsupportedOperationException(
              String.format(
                  Locale.ROOT,
                  "Unsupported activation of DL4J's own layers: %s (time it without peers)",
                  name));
    };
  }

  @Override
  String add(String name, String branch, String shortcut) {
    builder.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), branch, shortcut);
    return name;
  }

  @Override
  String addRelu(String name, String branch, String shortcut) {
    return relu(name, add(name, branch, shortcut));
  }

  @Override
  String concatenate(String name, String first, String second) {
    builder.addVertex(name, new MergeVertex(), first, second);
    return name;
  }

  @Override
  String maxPool(String name, String from, int window, int stride, int padding) {
    return pool(name, from, SubsamplingLayer.PoolingType.MAX, window, stride, padding);
  }

  @Override
  String averagePool(String name, String from) {
    return pool(name, from, SubsamplingLayer.PoolingType.AVG, 2, 2, 0);
  }

  private String pool(
      String name,
      String from,
      SubsamplingLayer.PoolingType type,
      int window,
      int stride,
      int padding) {
    builder.addLayer(
        name,
        new SubsamplingLayer.Builder(
                type,
                new int[] {window, window},
                new int[] {stride, stride},
                new int[] {padding, padding})
            .convolutionMode(ConvolutionMode.Truncate)
            .dataFormat(CNN2DFormat.NCHW)
            .build(),
        from);
    return name;
  }

  @Override
  String globalAveragePool(String name, String from) {
    builder.addLayer(name, new GlobalPoolingLayer.Builder(PoolingType.AVG).build(), from);
    return name;
  }

  @Override
  void classifier(String from) {
    builder.addLayer(
        CLASSIFIER,
        new OutputLayer.Builder(LossFunction.MCXENT)
            .activation(Activation.SOFTMAX)
            .weightInit(WeightInit.RELU)
            .hasBias(definition.biases().onClassifier())
            .nOut(definition.classes())
            .build(),
        from);
  }
}
