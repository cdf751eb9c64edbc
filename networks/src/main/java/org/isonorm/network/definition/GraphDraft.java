package org.isonorm.network.definition;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer.PoolingType;
import org.deeplearning4j.nn.weights.WeightInit;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;
import org.isonorm.network.layer.Concatenate;
import org.isonorm.network.layer.FastActivation;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastGlobalAveragePooling;
import org.isonorm.network.layer.FastPooling;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.layer.SoftmaxOutput;
import org.isonorm.network.layer.SubsamplePad;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * A DL4J graph in the making: every method adds layers behind a named one and returns the name of
 * the last it added.
 */
class GraphDraft {
  static final String INPUT = "images";
  static final String CLASSIFIER = "classifier";
  private static final String RELU = "relu";

  final NetworkDefinition definition;
  final GraphBuilder builder;

  GraphDraft(NetworkDefinition definition, IUpdater updater, double l2) {
    this(definition, updater, l2, CNN2DFormat.NHWC);
  }

  GraphDraft(NetworkDefinition definition, IUpdater updater, double l2, CNN2DFormat format) {
    this.definition = definition;
    this.builder = builder(definition, updater, l2, format, INPUT);
  }

  /**
   * DL4J's settings to begin with. Nothing is drawn by its seed here, which is the time unless it
   * is set, so that no two files of a model would be the same.
   */
  static NeuralNetConfiguration.Builder settings() {
    NeuralNetConfiguration.Builder settings = new NeuralNetConfiguration.Builder();
    settings.setSeed(0); // Unlike its seed(0), which ND4J would draw by from now on.
    return settings;
  }

  /** A graph of nothing but the definition's images, under the input's name. */
  static GraphBuilder builder(
      NetworkDefinition definition, IUpdater updater, double l2, CNN2DFormat format, String input) {
    return settings()
        .updater(updater)
        .l2(l2)
        .weightInit(WeightInit.ZERO)
        .activation(Activation.IDENTITY)
        .dataType(DataType.FLOAT)
        .trainingWorkspaceMode(WorkspaceMode.ENABLED)
        .inferenceWorkspaceMode(WorkspaceMode.ENABLED)
        .graphBuilder()
        .addInputs(input)
        .setInputTypes(
            InputType.convolutional(
                definition.imageHeight(),
                definition.imageWidth(),
                definition.imageChannels(),
                format));
  }

  ComputationGraphConfiguration build() {
    return builder.setOutputs(CLASSIFIER).build();
  }

  /** A convolution with padding kernel / 2, normalization and activation. */
  String activatedConvolution(String name, String from, int kernel, int stride, int channels) {
    return activated(name, convolution(name, from, kernel, stride, channels));
  }

  /** A convolution with padding kernel / 2 and normalization. */
  String normalizedConvolution(String name, String from, int kernel, int stride, int channels) {
    return normalized(name, convolution(name, from, kernel, stride, channels));
  }

  /** Normalization, activation and a convolution with padding kernel / 2. */
  String preactivatedConvolution(String name, String from, int kernel, int stride, int channels) {
    return convolution(name, activated(name, from), kernel, stride, channels);
  }

  /** A convolution with padding kernel / 2. */
  final String convolution(String name, String from, int kernel, int stride, int channels) {
    return convolution(
        name, from, kernel, stride, kernel / 2, channels, definition.biases().onConvolutions());
  }

  /** A convolution. */
  String convolution(
      String name, String from, int kernel, int stride, int padding, int channels, boolean bias) {
    builder.addLayer(
        name,
        FastConvolution.builder()
            .kernel(kernel)
            .stride(stride)
            .padding(padding)
            .out(channels)
            .bias(bias)
            .inputGradient(!from.equals(INPUT))
            .build(),
        from);
    return name;
  }

  /**
   * Normalization that belongs to a layer, or the scalar bias in its place, if the network has any,
   * and activation.
   */
  String activated(String layer, String from) {
    return switch (definition.normalization()) {
      case BATCH ->
          definition.activation().equals(RELU)
              ? batchNormalization(layer, from, true)
              : activation(layer, batchNormalization(layer, from, false));
      case NONE -> activation(layer, from);
      case FIXUP -> activation(layer, scalars(layer + ".bias", from, ScalarAffine.bias()));
    };
  }

  /** Normalization that belongs to a layer, if the network has any. */
  String normalized(String layer, String from) {
    return switch (definition.normalization()) {
      case BATCH -> batchNormalization(layer, from, false);
      case NONE, FIXUP -> from;
    };
  }

  /** The scalar bias before a convolution or the classifier, if the network has any. */
  String shifted(String layer, String from) {
    return definition.normalization() == Normalization.FIXUP
        ? scalars(layer + ".input-bias", from, ScalarAffine.bias())
        : from;
  }

  /** The scalar multiplier and bias at the end of a residual branch, if the network has any. */
  String scaled(String layer, String from) {
    return definition.normalization() == Normalization.FIXUP
        ? scalars(layer + ".scale", from, ScalarAffine.multiplierAndBias())
        : from;
  }

  /** A scalar bias, with or without multiplier. */
  String scalars(String name, String from, ScalarAffine layer) {
    builder.addLayer(name, layer, from);
    return name;
  }

  /** The network's activation function, after what belongs to a layer. */
  String activation(String layer, String from) {
    String name = layer + ".activation";
    builder.addLayer(name, new FastActivation(definition.activation()), from);
    return name;
  }

  /** Batch normalization named after the layer it belongs to. */
  String batchNormalization(String layer, String from, boolean relu) {
    String name = layer + ".bn";
    FastBatchNormalization usual =
        relu ? FastBatchNormalization.withRelu() : FastBatchNormalization.linear();
    double epsilon = definition.family().epsilon();
    double decay = 1 - definition.statisticsRate();
    builder.addLayer(
        name,
        usual.getEps() == epsilon && usual.getDecay() == decay ? usual : usual.with(epsilon, decay),
        from);
    return name;
  }

  /**
   * The largest of every window.
   *
   * @param window rows, and as many columns
   * @param stride pixels from one window to the next
   * @param padding pixels outside the image on every side
   */
  String maxPool(String name, String from, int window, int stride, int padding) {
    builder.addLayer(
        name,
        FastPooling.of(
            PoolingType.MAX,
            new int[] {window, window},
            new int[] {stride, stride},
            new int[] {padding, padding}),
        from);
    return name;
  }

  /** The mean over 2×2 pixels. */
  String averagePool(String name, String from) {
    builder.addLayer(name, FastPooling.average(2, 2), from);
    return name;
  }

  /** The channels of one after those of the other. */
  String concatenate(String name, String first, String second) {
    builder.addVertex(name, new Concatenate(), first, second);
    return name;
  }

  /** The sum of a block's branch and shortcut. */
  String add(String name, String branch, String shortcut) {
    builder.addVertex(name, new Add(), branch, shortcut);
    return name;
  }

  /** The shortcut of a block that changes the image's size or its channels. */
  String shortcut(String block, String from, int stride, int fromChannels, int channels) {
    String name = block + ".shortcut";
    switch (definition.shortcut()) {
      case A -> {
        builder.addVertex(name, new SubsamplePad(stride, channels), from);
        return name;
      }
      case A_BN -> {
        builder.addVertex(name + ".subsample", new SubsamplePad(stride, fromChannels), from);
        String normalized = normalized(name, name + ".subsample");
        builder.addVertex(name, new SubsamplePad(1, channels), normalized);
        return name;
      }
      case B -> {
        return normalizedConvolution(name, from, 1, stride, channels);
      }
      case NONE -> throw new IllegalStateException("Cannot add a shortcut to " + definition.name());
    }
    throw new AssertionError(definition.shortcut());
  }

  /** The activation of the sum of a block's branch and shortcut. */
  String activatedSum(String name, String branch, String shortcut) {
    return definition.activation().equals(RELU)
        ? addRelu(name, branch, shortcut)
        : activation(name, add(name, branch, shortcut));
  }

  /** ReLU of the sum of a block's branch and shortcut. */
  String addRelu(String name, String branch, String shortcut) {
    builder.addVertex(name, new AddRelu(), branch, shortcut);
    return name;
  }

  /** The mean over all pixels. */
  String globalAveragePool(String name, String from) {
    builder.addLayer(name, new FastGlobalAveragePooling(), from);
    return name;
  }

  /** The linear classifier, softmax and cross-entropy; the graph's output. */
  void classifier(String from) {
    builder.addLayer(
        CLASSIFIER,
        new SoftmaxOutput(definition.classes(), definition.biases().onClassifier()),
        from);
  }
}
