package org.isonorm.network;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Networks of DL4J's own layers, as users bring them. */
public final class OwnNetworks {
  public static final int CLASSES = 5;

  private OwnNetworks() {}

  private static NeuralNetConfiguration.Builder start() {
    return new NeuralNetConfiguration.Builder().seed(3).dataType(DataType.DOUBLE);
  }

  private static GraphBuilder graph() {
    return start().graphBuilder().addInputs("in");
  }

  private static ConvolutionLayer.Builder convolution(int kernel, int channels) {
    return new ConvolutionLayer.Builder(kernel, kernel)
        .nOut(channels)
        .convolutionMode(ConvolutionMode.Same)
        .activation(Activation.RELU);
  }

  /** A linear classifier. */
  public static OutputLayer output(int classes) {
    return new OutputLayer.Builder(LossFunction.NEGATIVELOGLIKELIHOOD)
        .nOut(classes)
        .activation(Activation.SOFTMAX)
        .build();
  }

  private static SubsamplingLayer pool(
      SubsamplingLayer.PoolingType type, int window, int stride, int padding) {
    return new SubsamplingLayer.Builder(
            type,
            new int[] {window, window},
            new int[] {stride, stride},
            new int[] {padding, padding})
        .convolutionMode(ConvolutionMode.Truncate)
        .build();
  }

  /**
   * Two blocks of four ways that are merged, batch normalization behind the first, maxima and means
   * with padding between.
   *
   * @param width channels of the narrowest ways
   */
  public static ComputationGraphConfiguration inception(int size, int classes, int width) {
    GraphBuilder graph = graph();
    graph
        .addLayer("stem", convolution(3, 2 * width).build(), "in")
        .addLayer("pool", pool(SubsamplingLayer.PoolingType.MAX, 3, 2, 1), "stem");
    block(graph, "a", "pool", width);
    graph
        .addLayer("middle.bn", new BatchNormalization.Builder().eps(1e-3).build(), "a")
        .addLayer("middle.relu", new ActivationLayer(Activation.RELU), "middle.bn")
        .addLayer("middle.pool", pool(SubsamplingLayer.PoolingType.AVG, 3, 2, 1), "middle.relu");
    block(graph, "b", "middle.pool", width);
    return graph
        .addLayer("mean", new GlobalPoolingLayer.Builder(PoolingType.AVG).build(), "b")
        .addLayer("out", output(classes), "mean")
        .setOutputs("out")
        .setInputTypes(InputType.convolutional(size, size, 3))
        .build();
  }

  private static void block(GraphBuilder graph, String name, String from, int width) {
    graph
        .addLayer(name + ".1x1", convolution(1, width).build(), from)
        .addLayer(name + ".3x3.in", convolution(1, width).build(), from)
        .addLayer(name + ".3x3", convolution(3, 2 * width).build(), name + ".3x3.in")
        .addLayer(name + ".5x5.in", convolution(1, width).build(), from)
        .addLayer(name + ".5x5", convolution(5, width).build(), name + ".5x5.in")
        .addLayer(
            name + ".pool",
            new SubsamplingLayer.Builder(
                    SubsamplingLayer.PoolingType.MAX, new int[] {3, 3}, new int[] {1, 1})
                .convolutionMode(ConvolutionMode.Same)
                .build(),
            from)
        .addLayer(name + ".pool.1x1", convolution(1, width).build(), name + ".pool")
        .addVertex(
            name,
            new MergeVertex(),
            name + ".1x1",
            name + ".3x3",
            name + ".5x5",
            name + ".pool.1x1");
  }

  /** Fire modules, of 1×1 and 3×3 convolutions alone, and a global maximum. */
  public static ComputationGraphConfiguration squeezeNet(int size, int classes, int width) {
    GraphBuilder graph = graph();
    graph.addLayer("conv1", convolution(3, 2 * width).stride(2, 2).build(), "in");
    String last = "conv1";
    for (String fire : List.of("fire2", "fire3")) {
      graph
          .addLayer(fire + ".squeeze", convolution(1, width).build(), last)
          .addLayer(fire + ".1x1", convolution(1, 2 * width).build(), fire + ".squeeze")
          .addLayer(fire + ".3x3", convolution(3, 2 * width).build(), fire + ".squeeze")
          .addVertex(fire, new MergeVertex(), fire + ".1x1", fire + ".3x3");
      last = fire;
    }
    return graph
        .addLayer("pool", pool(SubsamplingLayer.PoolingType.MAX, 2, 2, 0), last)
        .addLayer("conv10", convolution(1, 3 * width).build(), "pool")
        .addLayer("max", new GlobalPoolingLayer.Builder(PoolingType.MAX).build(), "conv10")
        .addLayer("out", output(classes), "max")
        .setOutputs("out")
        .setInputTypes(InputType.convolutional(size, size, 3))
        .build();
  }

  /** LeNet-like: what is flattened is not square, and dense layers follow one another. */
  public static MultiLayerConfiguration lenet(int height, int width, int classes) {
    return start()
        .list()
        .layer(
            new ConvolutionLayer.Builder(3, 5)
                .nOut(6)
                .stride(1, 2)
                .padding(1, 0)
                .activation(Activation.TANH)
                .build())
        .layer(pool(SubsamplingLayer.PoolingType.AVG, 2, 2, 0))
        .layer(new ConvolutionLayer.Builder(2, 2).nOut(7).activation(Activation.SIGMOID).build())
        .layer(new DenseLayer.Builder().nOut(11).activation(Activation.IDENTITY).build())
        .layer(new BatchNormalization())
        .layer(new DenseLayer.Builder().nOut(9).activation(Activation.SELU).build())
        .layer(output(classes))
        .setInputType(InputType.convolutional(height, width, 2))
        .build();
  }

  /** Sums of two and three, depthwise and separable convolutions, dilation, odd padding. */
  public static ComputationGraphConfiguration residual(CNN2DFormat format, int size) {
    return graph()
        .addLayer(
            "stem",
            new ConvolutionLayer.Builder(3, 3)
                .nOut(6)
                .stride(2, 2)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .hasBias(false)
                .activation(Activation.IDENTITY)
                .build(),
            "in")
        .addLayer("stem.bn", new BatchNormalization.Builder().dataFormat(format).build(), "stem")
        .addLayer("stem.relu", new ActivationLayer(Activation.RELU), "stem.bn")
        .addLayer(
            "deep",
            new DepthwiseConvolution2D.Builder(3, 3)
                .depthMultiplier(2)
                .nOut(12)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .activation(Activation.SOFTPLUS)
                .build(),
            "stem.relu")
        .addLayer(
            "branch",
            new SeparableConvolution2D.Builder(3, 3)
                .depthMultiplier(2)
                .nOut(6)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .activation(Activation.MISH)
                .build(),
            "deep")
        .addLayer(
            "wide",
            new ConvolutionLayer.Builder(3, 3)
                .nOut(6)
                .dilation(2, 1)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .activation(Activation.IDENTITY)
                .build(),
            "stem.relu")
        .addVertex(
            "sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "stem.relu", "branch", "wide")
        .addLayer("sum.relu", new ActivationLayer(Activation.RELU), "sum")
        .addVertex(
            "again", new ElementWiseVertex(ElementWiseVertex.Op.Add), "stem.relu", "sum.relu")
        .addLayer(
            "pool",
            new SubsamplingLayer.Builder(
                    SubsamplingLayer.PoolingType.AVG, new int[] {3, 3}, new int[] {2, 2})
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .build(),
            "again")
        .addLayer("out", output(CLASSES), "pool")
        .setOutputs("out")
        .setInputTypes(InputType.convolutional(size, size, 3, format))
        .build();
  }

  private static final List<IActivation> FUNCTIONS =
      List.of(
          Activation.RELU.getActivationFunction(),
          Activation.IDENTITY.getActivationFunction(),
          Activation.TANH.getActivationFunction(),
          Activation.SIGMOID.getActivationFunction(),
          Activation.SWISH.getActivationFunction(),
          Activation.MISH.getActivationFunction(),
          Activation.SELU.getActivationFunction(),
          Activation.SOFTPLUS.getActivationFunction(),
          Activation.SOFTSIGN.getActivationFunction(),
          Activation.HARDTANH.getActivationFunction(),
          new ActivationELU(),
          new ActivationLReLU(),
          new ActivationLReLU(.2));

  /** Any layers one after another and beside one another, of images of 9×8 pixels. */
  public static ComputationGraphConfiguration random(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    GraphBuilder graph = graph();
    List<String> sameSize = new ArrayList<>();
    String last = "in";
    int layers = random.nextInt(4, 9);
    for (int i = 0; i < layers; i++) {
      String name = "l" + i;
      IActivation function = FUNCTIONS.get(random.nextInt(FUNCTIONS.size()));
      // Sums and merges need an output of the same size before the last one.
      int kind = i == 0 ? 0 : random.nextInt(sameSize.size() > 1 ? 7 : 5);
      switch (kind) {
        case 0, 1 -> {
          int stride = random.nextInt(3) == 0 ? 2 : 1;
          graph.addLayer(
              name,
              new ConvolutionLayer.Builder(random.nextInt(1, 4), random.nextInt(1, 4))
                  .nOut(4)
                  .stride(stride, stride)
                  .hasBias(random.nextBoolean())
                  .convolutionMode(ConvolutionMode.Same)
                  .activation(function)
                  .build(),
              last);
          if (stride > 1) {
            sameSize.clear();
          }
        }
        case 2 -> graph.addLayer(name, new BatchNormalization.Builder().build(), last);
        case 3 -> graph.addLayer(name, new ActivationLayer(function), last);
        case 4 ->
            graph.addLayer(
                name,
                new SubsamplingLayer.Builder(
                        random.nextBoolean()
                            ? SubsamplingLayer.PoolingType.MAX
                            : SubsamplingLayer.PoolingType.AVG,
                        new int[] {random.nextInt(1, 4), random.nextInt(1, 4)},
                        new int[] {1, 1})
                    .convolutionMode(ConvolutionMode.Same)
                    .build(),
                last);
        default -> {
          String other = sameSize.get(random.nextInt(sameSize.size() - 1));
          if (kind == 5) {
            graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), last, other);
          } else {
            graph
                .addVertex(name + ".all", new MergeVertex(), last, other)
                .addLayer(name, convolution(1, 4).build(), name + ".all");
          }
        }
      }
      sameSize.add(name);
      last = name;
    }
    if (random.nextBoolean()) {
      graph.addLayer(
          "dense", new DenseLayer.Builder().nOut(7).activation(Activation.TANH).build(), last);
      last = "dense";
    }
    return graph
        .addLayer("out", output(CLASSES), last)
        .setOutputs("out")
        .setInputTypes(InputType.convolutional(9, 8, 2))
        .build();
  }
}
