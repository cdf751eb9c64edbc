package org.isonorm.network.layer;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * A residual network in miniature, once of the fast layers and once of DL4J's own: stem, a block
 * that keeps the size, a block that halves it with a projection on its shortcut, pooling,
 * classifier. Both have the same parameters in the same order.
 */
final class ResidualNetwork {

  static final int SIZE = 10;
  static final int CHANNELS = 3;
  static final int CLASSES = 4;

  private final boolean fast;
  private final GraphBuilder builder;

  private ResidualNetwork(boolean fast, IUpdater updater, WorkspaceMode workspaces) {
    this.fast = fast;
    this.builder =
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(updater)
            .l2(1e-2)
            .weightInit(WeightInit.RELU)
            .activation(Activation.IDENTITY)
            .dataType(DataType.FLOAT)
            .trainingWorkspaceMode(workspaces)
            .inferenceWorkspaceMode(workspaces)
            .graphBuilder()
            .addInputs("images")
            .setInputTypes(InputType.convolutional(SIZE, SIZE, CHANNELS, CNN2DFormat.NHWC));
  }

  static ComputationGraph fast() {
    return graph(fastConfiguration());
  }

  static ComputationGraphConfiguration fastConfiguration() {
    return configuration(true, WorkspaceMode.ENABLED);
  }

  static ComputationGraph fastWithoutWorkspaces() {
    return graph(configuration(true, WorkspaceMode.NONE));
  }

  static ComputationGraph stock() {
    return graph(configuration(false, WorkspaceMode.ENABLED));
  }

  private static ComputationGraphConfiguration configuration(
      boolean fast, WorkspaceMode workspaces) {
    ResidualNetwork network = new ResidualNetwork(fast, new Nesterovs(0.05, 0.9), workspaces);
    String stem = network.convolution("stem", "images", 6, 3, 1, true);
    String first =
        network.convolution("a2", network.convolution("a1", stem, 6, 3, 1, true), 6, 3, 1, false);
    String kept = network.addRelu("a", first, stem);
    String second =
        network.convolution("b2", network.convolution("b1", kept, 9, 3, 2, true), 9, 3, 1, false);
    String halved = network.addRelu("b", second, network.convolution("bs", kept, 9, 1, 2, false));
    return network.classify(network.pool(halved));
  }

  /**
   * Residual sums whose inputs have several consumers, before and after one another, in every
   * arrangement.
   */
  static ComputationGraph tangled(boolean fast) {
    ResidualNetwork network =
        new ResidualNetwork(fast, new Nesterovs(0.05, 0.9), WorkspaceMode.ENABLED);
    String a = network.convolution("a", "images", 5, 3, 1, false);
    String b = network.convolution("b", "images", 5, 3, 1, false);
    String both = network.addRelu("both", a, b);
    String reversed = network.addRelu("reversed", b, a);
    String twice = network.add("twice", a, a);
    String c = network.convolution("c", both, 5, 3, 1, false);
    String skipped = network.add("skipped", c, a);
    String d = network.convolution("d", skipped, 5, 1, 1, false);
    String e = network.addRelu("e", d, reversed);
    String f = network.add("f", both, e);
    String g = network.addRelu("g", f, twice);
    String h = network.addRelu("h", g, skipped);
    return graph(network.classify(network.pool(h)));
  }

  private static ComputationGraph graph(ComputationGraphConfiguration configuration) {
    ComputationGraph graph = new ComputationGraph(configuration);
    graph.init();
    return graph;
  }

  private String convolution(
      String name, String from, int out, int kernel, int stride, boolean relu) {
    if (fast) {
      boolean first = from.equals("images");
      builder.addLayer(
          name,
          FastConvolution.builder()
              .out(out)
              .kernel(kernel)
              .stride(stride)
              .padding(kernel / 2)
              .bias(first)
              .inputGradient(!first)
              .build(),
          from);
      builder.addLayer(
          name + ".bn",
          relu ? FastBatchNormalization.withRelu() : FastBatchNormalization.linear(),
          name);
      return name + ".bn";
    }
    builder.addLayer(
        name,
        new ConvolutionLayer.Builder(kernel, kernel)
            .nOut(out)
            .stride(stride, stride)
            .padding(kernel / 2, kernel / 2)
            .convolutionMode(ConvolutionMode.Truncate)
            .dataFormat(CNN2DFormat.NHWC)
            .hasBias(from.equals("images"))
            .build(),
        from);
    builder.addLayer(
        name + ".bn",
        new BatchNormalization.Builder().useLogStd(false).dataFormat(CNN2DFormat.NHWC).build(),
        name);
    if (!relu) {
      return name + ".bn";
    }
    builder.addLayer(name + ".relu", new ActivationLayer(Activation.RELU), name + ".bn");
    return name + ".relu";
  }

  private String addRelu(String name, String a, String b) {
    if (fast) {
      builder.addVertex(name, new AddRelu(), a, b);
      return name;
    }
    builder.addVertex(name + ".sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), a, b);
    builder.addLayer(name, new ActivationLayer(Activation.RELU), name + ".sum");
    return name;
  }

  private String add(String name, String a, String b) {
    builder.addVertex(
        name, fast ? new Add() : new ElementWiseVertex(ElementWiseVertex.Op.Add), a, b);
    return name;
  }

  private String pool(String from) {
    if (fast) {
      builder.addLayer("max", FastPooling.max(2, 2), from);
      builder.addLayer("average", FastPooling.average(2, 1), "max");
      builder.addLayer("mean", new FastGlobalAveragePooling(), "average");
    } else {
      builder.addLayer("max", stockPooling(SubsamplingLayer.PoolingType.MAX, 2), from);
      builder.addLayer("average", stockPooling(SubsamplingLayer.PoolingType.AVG, 1), "max");
      builder.addLayer("mean", new GlobalPoolingLayer(PoolingType.AVG), "average");
    }
    return "mean";
  }

  private static SubsamplingLayer stockPooling(SubsamplingLayer.PoolingType type, int stride) {
    return new SubsamplingLayer.Builder(type, new int[] {2, 2}, new int[] {stride, stride})
        .convolutionMode(ConvolutionMode.Truncate)
        .dataFormat(CNN2DFormat.NHWC)
        .build();
  }

  private ComputationGraphConfiguration classify(String from) {
    builder.addLayer(
        "classifier",
        new OutputLayer.Builder(LossFunction.MCXENT)
            .activation(Activation.SOFTMAX)
            .nOut(CLASSES)
            .build(),
        from);
    return builder.setOutputs("classifier").build();
  }

  /** Normal images with random labels. */
  static DataSet batch(int examples, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] images = new float[examples * SIZE * SIZE * CHANNELS];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    INDArray labels = Nd4j.zeros(examples, CLASSES);
    for (int i = 0; i < examples; i++) {
      labels.putScalar(i, random.nextInt(CLASSES), 1f);
    }
    return new DataSet(
        Nd4j.createFromArray(images).reshape('c', examples, SIZE, SIZE, CHANNELS), labels);
  }

  /** Computes loss and gradient, and returns the gradient by parameter, summed over the batch. */
  static Map<String, float[]> gradient(ComputationGraph graph, DataSet batch) {
    graph.setInputs(batch.getFeatures());
    graph.setLabels(batch.getLabels());
    graph.computeGradientAndScore();
    Map<String, float[]> gradient = new TreeMap<>();
    graph
        .gradient()
        .gradientForVariable()
        .forEach((name, array) -> gradient.put(name, values(array)));
    return gradient;
  }

  static Map<String, float[]> parameters(ComputationGraph graph) {
    Map<String, float[]> parameters = new TreeMap<>();
    graph.paramTable().forEach((name, array) -> parameters.put(name, values(array)));
    return parameters;
  }

  /** Copies by name: DL4J may order the layers of two like graphs differently. */
  static void copyParameters(ComputationGraph from, ComputationGraph to) {
    from.paramTable().forEach((name, array) -> to.getParam(name).assign(array));
  }

  /** The elements in C order. */
  static float[] values(INDArray array) {
    return array.dup('c').reshape(array.length()).toFloatVector();
  }

  /** The largest difference, as a share of the largest value of all. */
  static double distance(Map<String, float[]> actual, Map<String, float[]> expected) {
    if (!actual.keySet().equals(expected.keySet())) {
      throw new AssertionError(actual.keySet() + " instead of " + expected.keySet());
    }
    return distance(joined(actual), joined(expected));
  }

  private static float[] joined(Map<String, float[]> arrays) {
    int length = arrays.values().stream().mapToInt(a -> a.length).sum();
    float[] all = new float[length];
    int offset = 0;
    for (float[] array : arrays.values()) {
      System.arraycopy(array, 0, all, offset, array.length);
      offset += array.length;
    }
    return all;
  }

  static double distance(float[] actual, float[] expected) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double d = Math.abs((double) actual[i] - expected[i]);
      difference = d <= difference ? difference : d;
    }
    return actual.length == expected.length ? difference / largest : Double.NaN;
  }
}
