package org.isonorm.network.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.isonorm.init.ConvolutionGeometry;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NetworkTopology;
import org.isonorm.init.ResidualBranch;
import org.isonorm.init.WeightShape;
import org.isonorm.network.OwnNetworks;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.step.Inference;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

class TranslationTest {

  /** DL4J computes in float64 here; ours are sums of float32, of up to a few thousand products. */
  private static final double ROUNDING = 2e-5;

  private static final int BATCH = 3;

  /**
   * A network of DL4J's and what is drawn from its configuration.
   *
   * @param prefix of the layers' names there
   */
  private record Pair(
      ComputationGraph stock, String prefix, CNN2DFormat format, NetworkDefinition definition) {
    static Pair of(String name, ComputationGraphConfiguration conf, int height, int width, int in) {
      return of(name, conf, CNN2DFormat.NCHW, height, width, in);
    }

    static Pair of(
        String name,
        ComputationGraphConfiguration conf,
        CNN2DFormat format,
        int height,
        int width,
        int in) {
      NetworkDefinition drawn =
          NetworkDefinition.drawn(name, conf.toJson()).withImage(height, width, in);
      ComputationGraph stock = new ComputationGraph(conf);
      stock.init();
      return new Pair(stock, "", format, drawn);
    }

    /** A network that both sides draw, with the weights that ours starts with. */
    static Pair ofBoth(NetworkDefinition definition) {
      ComputationGraph stock =
          Networks.stock(definition, new Sgd(0), 0).convertDataType(DataType.DOUBLE);
      SmallNetworks.initialized(definition, 3)
          .paramTable()
          .forEach(
              (name, values) -> {
                if (name.endsWith("_W")) {
                  stock.getParam(name).assign(values);
                }
              });
      return new Pair(stock, "", CNN2DFormat.NCHW, definition);
    }

    @Override
    public String toString() {
      return definition.name();
    }
  }

  static Stream<Pair> networks() {
    MultiLayerNetwork list = new MultiLayerNetwork(OwnNetworks.lenet(10, 13, OwnNetworks.CLASSES));
    list.init();
    NetworkDefinition lenet =
        NetworkDefinition.drawn("lenet", list.getLayerWiseConfigurations()).withImage(10, 13, 2);
    return Stream.concat(
        Stream.of(
            Pair.of("inception", OwnNetworks.inception(16, OwnNetworks.CLASSES, 4), 16, 16, 3),
            Pair.of("squeeze", OwnNetworks.squeezeNet(15, OwnNetworks.CLASSES, 4), 15, 15, 3),
            new Pair(list.toComputationGraph(), "layer", CNN2DFormat.NCHW, lenet),
            Pair.ofBoth(SmallNetworks.imagenetResNet(18)),
            Pair.of("residual", OwnNetworks.residual(CNN2DFormat.NCHW, 10), 10, 10, 3),
            Pair.of(
                "residual-nhwc",
                OwnNetworks.residual(CNN2DFormat.NHWC, 10),
                CNN2DFormat.NHWC,
                10,
                10,
                3)),
        LongStream.range(0, 16)
            .mapToObj(seed -> Pair.of("random-" + seed, OwnNetworks.random(seed), 9, 8, 2)));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void findsTheNumbersOfDl4jsOwnLayers(Pair pair) {
    NetworkDefinition definition = pair.definition;
    ComputationGraph stock = pair.stock;
    RandomGenerator random = new SplittableRandom(7);
    forEachParameter(stock, (vertex, key, values) -> fill(key, values, random));
    ComputationGraph fast = Networks.build(definition);
    forEachParameter(
        stock, (vertex, key, values) -> put(pair, vertex, key, values, fast, fast.params()));
    RandomBatch batch = RandomBatch.of(definition, BATCH, 5);
    INDArray images = batch.features().castTo(DataType.DOUBLE);
    INDArray features =
        pair.format == CNN2DFormat.NCHW ? images.permute(0, 3, 1, 2).dup('c') : images;

    INDArray expected = stock.output(false, features)[0];
    try (Inference inference = Inference.of(fast)) {
      assertClose(inference.output(batch.features()), expected);
    }
    assertClose(fast.output(false, batch.features())[0], expected);

    stock.setInputs(features);
    stock.setLabels(batch.labels().castTo(DataType.DOUBLE));
    stock.computeGradientAndScore();
    try (TrainingStep step = TrainingStep.of(fast)) {
      double loss = step.compute(batch.features(), batch.labels());
      assertThat(loss).isCloseTo(stock.score(), within(ROUNDING));
    }
    INDArray gradient = fast.getFlattenedGradients().dup();
    INDArray theirs = Nd4j.zerosLike(gradient);
    forEachParameter(
        stock,
        (vertex, key, values) -> {
          if (isTrained(key)) {
            INDArray of = stock.gradient().getGradientFor(vertex.getVertexName() + "_" + key);
            put(pair, vertex, key, of, fast, theirs);
          } else {
            // How running statistics move is not the loss's gradient.
            place(pair.prefix + vertex.getVertexName(), fastKey(key), fast, gradient).assign(0);
          }
        });
    assertThat(theirs.norm2Number().doubleValue()).isGreaterThan(ROUNDING);
    assertClose(gradient, theirs);
  }

  private interface ParameterVisitor {
    void visit(GraphVertex vertex, String key, INDArray values);
  }

  private static void forEachParameter(ComputationGraph graph, ParameterVisitor visitor) {
    for (GraphVertex vertex : graph.getVertices()) {
      if (vertex.hasLayer()) {
        vertex.getLayer().paramTable().forEach((key, values) -> visitor.visit(vertex, key, values));
      }
    }
  }

  private static boolean isTrained(String key) {
    return !key.equals("mean") && !key.equals("var") && !key.equals("log10stdev");
  }

  /** Weights as DL4J drew them; all else away from where it starts. */
  private static void fill(String key, INDArray values, RandomGenerator random) {
    for (long i = 0; i < values.length(); i++) {
      switch (key) {
        case "b", "beta", "mean" -> values.putScalar(i, .3 * random.nextGaussian());
        case "gamma", "var" -> values.putScalar(i, 1 + random.nextDouble());
        case "log10stdev" -> values.putScalar(i, .2 * random.nextDouble());
        default -> {}
      }
    }
  }

  /** Writes what belongs to a parameter of DL4J's into a vector laid out as the fast graph's. */
  private static void put(
      Pair pair,
      GraphVertex vertex,
      String key,
      INDArray values,
      ComputationGraph fast,
      INDArray vector) {
    String name = pair.prefix + vertex.getVertexName();
    Object conf = vertex.getLayer().conf().getLayer();
    String layer =
        conf instanceof SeparableConvolution2D && key.equals("W") ? name + ".depthwise" : name;
    INDArray place = place(layer, fastKey(key), fast, vector);
    place.assign(
        converted(pair, name, conf, key, values.castTo(DataType.FLOAT), fast)
            .dup('c')
            .reshape('c', place.shape()));
  }

  private static String fastKey(String key) {
    return switch (key) {
      case "pW" -> "W";
      case "log10stdev" -> "var";
      default -> key;
    };
  }

  private static INDArray place(String layer, String key, ComputationGraph graph, INDArray vector) {
    INDArray parameter = graph.getLayer(layer).getParam(key);
    long from = parameter.offset() - graph.params().offset();
    return vector
        .reshape(vector.length())
        .get(NDArrayIndex.interval(from, from + parameter.length()))
        .reshape(parameter.ordering(), parameter.shape());
  }

  private static INDArray converted(
      Pair pair, String name, Object conf, String key, INDArray values, ComputationGraph fast) {
    boolean channelsLast = pair.format == CNN2DFormat.NHWC;
    if (key.equals("log10stdev")) {
      INDArray variance = values.dup();
      for (long i = 0; i < variance.length(); i++) {
        variance.putScalar(i, Math.pow(10, 2 * values.getDouble(i)));
      }
      return variance;
    }
    if (!key.equals("W")) {
      return values;
    }
    if (conf instanceof DepthwiseConvolution2D) {
      return values.permute(2, 3, 0, 1); // of [height, width, in, multiplier]
    }
    if (conf instanceof SeparableConvolution2D) {
      return values.permute(1, 0, 2, 3); // of [multiplier, in, height, width]
    }
    if (conf instanceof ConvolutionLayer) {
      return values; // [out, in, height, width] in either format
    }
    if (conf instanceof DenseLayer) {
      assertThat(channelsLast).isFalse();
      return values.transpose();
    }
    LayerVertex classifier = (LayerVertex) fast.getConfiguration().getVertices().get(name);
    if (channelsLast
        || !(classifier.getPreProcessor() instanceof CnnToFeedForwardPreProcessor flattened)) {
      return values;
    }
    return values
        .dup('c')
        .reshape(
            'c',
            flattened.getNumChannels(),
            flattened.getInputHeight(),
            flattened.getInputWidth(),
            values.size(1))
        .permute(1, 2, 0, 3);
  }

  private static void assertClose(INDArray actual, INDArray expected) {
    INDArray difference =
        actual
            .castTo(DataType.DOUBLE)
            .sub(expected.castTo(DataType.DOUBLE).reshape(actual.shape()));
    assertThat(difference.norm2Number().doubleValue())
        .isLessThan(ROUNDING * expected.norm2Number().doubleValue());
  }

  /** A graph of one layer between images of 8×8 pixels and an output. */
  private static NetworkDefinition with(org.deeplearning4j.nn.conf.layers.Layer layer) {
    return NetworkDefinition.drawn("mine", between(layer, OwnNetworks.output(OwnNetworks.CLASSES)))
        .withImage(8, 8, 3);
  }

  private static ComputationGraphConfiguration between(
      org.deeplearning4j.nn.conf.layers.Layer layer, org.deeplearning4j.nn.conf.layers.Layer out) {
    return new NeuralNetConfiguration.Builder()
        .graphBuilder()
        .addInputs("in")
        .addLayer("first", new ConvolutionLayer.Builder(1, 1).nOut(4).build(), "in")
        .addLayer("layer", layer, "first")
        .addLayer("out", out, "layer")
        .setOutputs("out")
        .setInputTypes(InputType.convolutional(8, 8, 3))
        .build();
  }

  static Stream<Arguments> withoutFastForm() {
    return Stream.of(
        Arguments.of(new LocalResponseNormalization(), "LocalResponseNormalization"),
        Arguments.of(new DropoutLayer(new GaussianDropout(.5)), "dropout by GaussianDropout"),
        Arguments.of(new Upsampling2D.Builder(2).build(), "Upsampling2D"),
        Arguments.of(
            new DenseLayer.Builder()
                .nOut(4)
                .dropOut(new Dropout(new StepSchedule(ScheduleType.EPOCH, .5, .5, 2)))
                .activation(Activation.RELU)
                .build(),
            "dropout by a schedule"),
        Arguments.of(
            new ConvolutionLayer.Builder(1, 1).nOut(4).activation(Activation.GELU).build(),
            "the activation gelu(precise=false)"),
        Arguments.of(
            new GlobalPoolingLayer.Builder(PoolingType.SUM).build(), "pooling of type SUM"),
        Arguments.of(
            new SubsamplingLayer.Builder(
                    SubsamplingLayer.PoolingType.AVG, new int[] {3, 3}, new int[] {1, 1})
                .convolutionMode(ConvolutionMode.Same)
                .avgPoolIncludePadInDivisor(true)
                .build(),
            "an average that counts its padding"));
  }

  @ParameterizedTest
  @MethodSource("withoutFastForm")
  void namesALayerWithoutAFastForm(org.deeplearning4j.nn.conf.layers.Layer layer, String what) {
    NetworkDefinition definition = with(layer);

    assertThatThrownBy(() -> Networks.configuration(definition))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "Unsupported layer: layer (there is no fast form of "
                + what
                + "; docs/networks.md says what has one)");
  }

  /** Every kind of layer drops of its input where DL4J's does, and nowhere else. */
  @Test
  void dropsWhereDl4jDoes() {
    Map<String, Boolean> theirs = new TreeMap<>();
    Map<String, Boolean> ours = new TreeMap<>();
    for (org.deeplearning4j.nn.conf.layers.Layer layer :
        List.of(
            new DropoutLayer(.5),
            new ConvolutionLayer.Builder(1, 1).nOut(4).build(),
            new DepthwiseConvolution2D.Builder(1, 1).nOut(4).build(),
            new SeparableConvolution2D.Builder(1, 1).nOut(4).build(),
            new DenseLayer.Builder().nOut(4).build(),
            new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).build(),
            new GlobalPoolingLayer.Builder(PoolingType.AVG).build(),
            new ActivationLayer(Activation.TANH),
            new BatchNormalization())) {
      layer.setIDropout(new Dropout(.5));
      ComputationGraphConfiguration conf = between(layer, OwnNetworks.output(OwnNetworks.CLASSES));
      ComputationGraph stock = new ComputationGraph(conf);
      stock.init();
      INDArray images = Nd4j.rand(DataType.FLOAT, 2, 3, 8, 8);
      String kind = layer.getClass().getSimpleName();
      theirs.put(
          kind,
          !stock
              .feedForward(images, true)
              .get("layer")
              .equals(stock.feedForward(images, true).get("layer")));
      ours.put(
          kind,
          Networks.hasDropout(
              Networks.configuration(NetworkDefinition.drawn("mine", conf).withImage(8, 8, 3))));
    }
    assertThat(ours).isEqualTo(theirs).containsValues(true, false);
  }

  @Test
  void refusesWhatDoesNotFitTheData() {
    NetworkDefinition definition = with(new DenseLayer.Builder().nOut(4).build());

    assertThatThrownBy(() -> Networks.configuration(definition.withClasses(7)))
        .hasMessage(
            "Invalid network definition: layer out has 5 outputs, the data set 7 classes (set nOut"
                + " = 7)");
    assertThatThrownBy(() -> Networks.configuration(definition.withImage(8, 8, 1)))
        .hasMessage(
            "Invalid network definition: layer first takes 3 values of a pixel or an image, but"
                + " gets 1 from images of 8x8x1 (set nIn = 0 to have it fit)");
    assertThatThrownBy(() -> definition.withWidth(8)).hasMessageStartingWith("Invalid options of");
    assertThatThrownBy(() -> NetworkDefinition.drawn("mine", "{}"))
        .hasMessage(
            "Invalid network definition: it holds neither vertices nor confs, as DL4J's"
                + " ComputationGraphConfiguration and MultiLayerConfiguration do");
    assertThatThrownBy(() -> NetworkDefinition.drawn("mine", "["))
        .hasMessageStartingWith("Invalid network definition: it is not JSON: ");
    assertThatThrownBy(() -> NetworkDefinition.drawn("resnet-20", definition.drawing()))
        .hasMessage("Invalid network: resnet-20 (must be another name: a network is known by it)");
  }

  @Test
  void densesFansAreThoseOfADenseLayer() {
    NetworkDefinition definition =
        with(new DenseLayer.Builder().nOut(6).activation(Activation.TANH).build());

    LayerTopology dense = Networks.topology(definition).layers().get(1);

    assertThat(dense.name()).isEqualTo("layer");
    assertThat(dense.shape()).isEqualTo(WeightShape.dense(6, 8 * 8 * 4));
    assertThat(dense.geometry()).contains(ConvolutionGeometry.square(1, 1, 0));
    assertThat(definition.activation()).as("the rules reckon with").isEqualTo("sigmoid");
  }

  @Test
  void findsTheNormalizationsAndBranchesOfItsGraph() {
    NetworkTopology topology =
        Networks.topology(
            NetworkDefinition.drawn("mine", OwnNetworks.residual(CNN2DFormat.NCHW, 10))
                .withImage(10, 10, 3));

    assertThat(topology.layers())
        .filteredOn(LayerTopology::batchNormalized)
        .extracting(LayerTopology::name)
        .containsExactly("stem");
    assertThat(topology.branches())
        .extracting(ResidualBranch::convolutions)
        .first()
        .isEqualTo(List.of("deep", "branch.depthwise", "branch"));
  }

  @Tag("long")
  @Test
  void aProviderOfAnotherJarIsFoundByName() {
    NetworkDefinition definition = NetworkDefinition.parse("squeeze-2", 7).withImage(16, 12, 1);

    ComputationGraph graph = Networks.build(definition);

    assertThat(definition.activation()).isEqualTo("relu");
    assertThat(graph.output(Nd4j.zeros(DataType.FLOAT, 2, 16, 12, 1))[0].shape())
        .containsExactly(2, 7);
    assertThat(graph.getLayer("fire2.3x3")).isNotNull();
    assertThatThrownBy(() -> NetworkDefinition.of("squeeze-22"))
        .hasMessageStartingWith(
            "Unknown network: squeeze-22 (did you mean squeeze-2? known: vgg-11");
    assertThatThrownBy(() -> definition.withBiases(Biases.ALL))
        .hasMessageStartingWith("Invalid options of squeeze-2");
  }
}
