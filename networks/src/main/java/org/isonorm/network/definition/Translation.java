package org.isonorm.network.definition;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution2D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.Pooling2D;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.isonorm.network.definition.OwnGraph.Node;
import org.isonorm.network.definition.OwnGraph.Part;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;
import org.isonorm.network.layer.Concatenate;
import org.isonorm.network.layer.FastActivation;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastDense;
import org.isonorm.network.layer.FastDropout;
import org.isonorm.network.layer.FastPooling;
import org.isonorm.network.layer.SoftmaxOutput;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

/**
 * Draws somebody's graph of DL4J's own layers with the fast ones, which compute the same numbers.
 * Layers keep their names; what they do besides goes by their name and a dot: {@code
 * conv.activation}. A dense layer becomes a convolution as large as its image. How the layers
 * start, their updaters and their regularization are not read: the configuration of a run says
 * those.
 */
final class Translation {
  /** The axes of channels in DL4J's two formats of images. */
  private static final int CHANNELS_FIRST = 1;

  private static final int CHANNELS_LAST = 3;

  /** Layers that DL4J drops nothing before, whatever their configuration says. */
  private static final Set<Class<?>> WITHOUT_DROPOUT =
      Set.of(
          ActivationLayer.class,
          BatchNormalization.class,
          GlobalPoolingLayer.class,
          Pooling2D.class,
          SubsamplingLayer.class);

  private static final String DOCUMENT = "docs/networks.md says what has one";

  private final OwnGraph graph;
  private final NetworkDefinition definition;
  private final GraphBuilder builder;
  private final Map<String, List<Node>> readers;
  private final Map<String, Images> outputs = new HashMap<>();
  private final Set<String> names = new HashSet<>();

  /** ReLUs that the layer before them has taken over. */
  private final Set<String> taken = new HashSet<>();

  /**
   * What a node puts out.
   *
   * @param name of the vertex that does
   * @param depth vertices from the images to it, on the longest way
   */
  private record Images(String name, int height, int width, int channels, int depth) {
    boolean sameSize(Images other) {
      return height == other.height && width == other.width;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%dx%dx%d", height, width, channels);
    }
  }

  private Translation(OwnGraph graph, NetworkDefinition definition, IUpdater updater, double l2) {
    this.graph = graph;
    this.definition = definition;
    this.readers = graph.readers();
    this.builder = GraphDraft.builder(definition, updater, l2, CNN2DFormat.NHWC, graph.input());
  }

  /**
   * The graph of fast layers for the definition's images and classes.
   *
   * @throws UnsupportedOperationException if a layer has no fast form; names it
   * @throws IllegalArgumentException if the graph does not fit the images or the classes
   */
  static ComputationGraphConfiguration of(
      OwnGraph graph, NetworkDefinition definition, IUpdater updater, double l2) {
    return new Translation(graph, definition, updater, l2).configuration();
  }

  private ComputationGraphConfiguration configuration() {
    outputs.put(
        graph.input(),
        new Images(
            graph.input(),
            definition.imageHeight(),
            definition.imageWidth(),
            definition.imageChannels(),
            0));
    for (Node node : graph.nodes()) {
      List<Images> inputs = node.inputs().stream().map(outputs::get).toList();
      node.preprocessor().ifPresent(each -> check(node, each, inputs.get(0)));
      if (!readers.containsKey(node.name()) && !node.name().equals(graph.output())) {
        throw invalid(node, "is read by none, and is not the output (leave it out)");
      }
      outputs.put(node.name(), output(node, inputs));
    }
    return builder.setOutputs(graph.output()).build();
  }

  /** Images need no preparation: flattened ones come as they are, layers flatten by themselves. */
  private void check(Node node, InputPreProcessor preprocessor, Images input) {
    if (preprocessor instanceof FeedForwardToCnnPreProcessor images
        && node.inputs().get(0).equals(graph.input())) {
      boolean same =
          images.getInputHeight() == input.height
              && images.getInputWidth() == input.width
              && images.getNumChannels() == input.channels;
      if (!same) {
        throw invalid(
            node,
            String.format(
                Locale.ROOT,
                "takes images of %dx%dx%d, the data set has %s",
                images.getInputHeight(),
                images.getInputWidth(),
                images.getNumChannels(),
                input));
      }
      return;
    }
    if (!(preprocessor instanceof CnnToFeedForwardPreProcessor)) {
      throw unsupported(node, preprocessor.getClass().getSimpleName());
    }
  }

  private Images output(Node node, List<Images> inputs) {
    if (node.part() instanceof Part.OfVertex vertex) {
      return vertex(node, vertex.configuration(), inputs);
    }
    if (taken.contains(node.name())) {
      return inputs.get(0);
    }
    Layer layer = ((Part.OfLayer) node.part()).configuration();
    checkPlain(node, layer);
    Images input = dropped(node, layer, inputs.get(0));
    Class<?> kind = layer.getClass();
    boolean isOutput = node.name().equals(graph.output());
    if (isOutput != (kind == OutputLayer.class) || (isOutput && readers.containsKey(node.name()))) {
      throw isOutput
          ? unsupportedOutput(node, layer)
          : unsupported(node, "an OutputLayer before the end");
    }
    if (kind == ConvolutionLayer.class || kind == Convolution2D.class) {
      return convolution(node, (ConvolutionLayer) layer, input);
    }
    if (kind == DepthwiseConvolution2D.class) {
      return depthwise(node, (DepthwiseConvolution2D) layer, input);
    }
    if (kind == SeparableConvolution2D.class) {
      return separable(node, (SeparableConvolution2D) layer, input);
    }
    if (kind == BatchNormalization.class) {
      return batchNormalization(node, (BatchNormalization) layer, input);
    }
    if (kind == ActivationLayer.class) {
      return layer(
          node.name(), new FastActivation(function(node, activation(layer))), input, input);
    }
    if (kind == DropoutLayer.class) {
      return input;
    }
    if (kind == SubsamplingLayer.class || kind == Pooling2D.class) {
      return pooling(node, (SubsamplingLayer) layer, input);
    }
    if (kind == GlobalPoolingLayer.class) {
      return globalPooling(node, (GlobalPoolingLayer) layer, input);
    }
    if (kind == DenseLayer.class) {
      return dense(node, (DenseLayer) layer, input);
    }
    if (kind == OutputLayer.class) {
      return classifier(node, (OutputLayer) layer, input);
    }
    throw unsupported(node, kind.getSimpleName());
  }

  /** Refuses what a layer of any kind may have that the fast ones have not. */
  private void checkPlain(Node node, Layer layer) {
    if (layer.getConstraints() != null && !layer.getConstraints().isEmpty()) {
      throw unsupported(node, "a constraint of its parameters");
    }
    if (layer instanceof BaseLayer base && base.getWeightNoise() != null) {
      throw unsupported(node, "weight noise");
    }
  }

  /** What a layer drops of its input first: a layer of its own before it. */
  private Images dropped(Node node, Layer layer, Images input) {
    IDropout dropout = layer.getIDropout();
    if (dropout == null || WITHOUT_DROPOUT.contains(layer.getClass())) {
      return input;
    }
    if (!(dropout instanceof Dropout plain)) {
      throw unsupported(node, "dropout by " + dropout.getClass().getSimpleName());
    }
    if (plain.getPSchedule() != null) {
      throw unsupported(node, "dropout by a schedule");
    }
    String name = layer.getClass() == DropoutLayer.class ? node.name() : node.name() + ".dropout";
    return plain.getP() == 1 ? input : layer(name, new FastDropout(plain.getP()), input, input);
  }

  private Images convolution(Node node, ConvolutionLayer layer, Images input) {
    Images convolved =
        convolution(
            node, node.name(), layer, input, 1, Math.toIntExact(layer.getNOut()), layer.hasBias());
    return activated(node, layer.getActivationFn(), convolved);
  }

  private Images depthwise(Node node, DepthwiseConvolution2D layer, Images input) {
    int out = Math.multiplyExact(input.channels, layer.getDepthMultiplier());
    Images convolved =
        convolution(node, node.name(), layer, input, input.channels, out, layer.hasBias());
    return activated(node, layer.getActivationFn(), convolved);
  }

  /** Every channel by itself, then all of them in every pixel, which has the bias. */
  private Images separable(Node node, SeparableConvolution2D layer, Images input) {
    int between = Math.multiplyExact(input.channels, layer.getDepthMultiplier());
    Images apart =
        convolution(node, node.name() + ".depthwise", layer, input, input.channels, between, false);
    FastConvolution pointwise =
        FastConvolution.builder()
            .out(Math.toIntExact(layer.getNOut()))
            .bias(layer.hasBias())
            .build();
    Images together =
        layer(
            node.name(),
            pointwise,
            apart,
            new Images("", apart.height, apart.width, Math.toIntExact(layer.getNOut()), 0));
    return activated(node, layer.getActivationFn(), together);
  }

  private Images convolution(
      Node node,
      String name,
      ConvolutionLayer layer,
      Images input,
      int groups,
      int out,
      boolean bias) {
    checkInputs(node, layer.getNIn(), input.channels);
    FastConvolution.Builder convolution =
        FastConvolution.builder()
            .in(input.channels)
            .out(out)
            .kernel(layer.getKernelSize()[0], layer.getKernelSize()[1])
            .stride(layer.getStride()[0], layer.getStride()[1])
            .dilation(layer.getDilation()[0], layer.getDilation()[1])
            .groups(groups)
            .bias(bias)
            .inputGradient(!input.name.equals(graph.input()));
    switch (layer.getConvolutionMode()) {
      case Same -> convolution.samePadding();
      case Truncate, Strict -> convolution.padding(layer.getPadding()[0], layer.getPadding()[1]);
      case Causal -> throw unsupported(node, "ConvolutionMode.Causal");
    }
    FastConvolution fast = convolution.build();
    return layer(
        name,
        fast,
        input,
        fitting(
            node,
            () -> {
              ConvolutionShape shape = fast.shape(1, input.height, input.width, input.channels);
              return new Images("", shape.outHeight(), shape.outWidth(), out, 0);
            }));
  }

  private Images pooling(Node node, SubsamplingLayer layer, Images input) {
    if (layer.getDilation()[0] != 1 || layer.getDilation()[1] != 1) {
      throw unsupported(node, "pooling with dilation");
    }
    boolean padded =
        layer.getConvolutionMode() == ConvolutionMode.Same
            || layer.getPadding()[0] > 0
            || layer.getPadding()[1] > 0;
    if (padded
        && layer.getPoolingType() == PoolingType.AVG
        && layer.isAvgPoolIncludePadInDivisor()) {
      throw unsupported(node, "an average that counts its padding");
    }
    SubsamplingLayer.PoolingType type = type(node, layer.getPoolingType());
    FastPooling pooling =
        switch (layer.getConvolutionMode()) {
          case Same -> FastPooling.samePadding(type, layer.getKernelSize(), layer.getStride());
          case Truncate, Strict ->
              FastPooling.of(type, layer.getKernelSize(), layer.getStride(), layer.getPadding());
          case Causal -> throw unsupported(node, "ConvolutionMode.Causal");
        };
    return pooled(node, pooling, input);
  }

  private Images globalPooling(Node node, GlobalPoolingLayer layer, Images input) {
    int[] all = {input.height, input.width};
    return pooled(
        node,
        FastPooling.of(type(node, layer.getPoolingType()), all, all, new int[] {0, 0}),
        input);
  }

  private Images pooled(Node node, FastPooling pooling, Images input) {
    return layer(
        node.name(),
        pooling,
        input,
        fitting(
            node,
            () -> {
              PoolingShape shape = pooling.shape(1, input.height, input.width, input.channels);
              return new Images("", shape.outHeight(), shape.outWidth(), input.channels, 0);
            }));
  }

  private SubsamplingLayer.PoolingType type(Node node, PoolingType type) {
    return switch (type) {
      case MAX -> SubsamplingLayer.PoolingType.MAX;
      case AVG -> SubsamplingLayer.PoolingType.AVG;
      case SUM, PNORM -> throw unsupported(node, "pooling of type " + type);
    };
  }

  /** What DL4J calls the activation of a batch normalization is not computed by it. */
  private Images batchNormalization(Node node, BatchNormalization layer, Images input) {
    if (layer.isLockGammaBeta()) {
      throw unsupported(node, "batch normalization with locked scale and shift");
    }
    if (layer.getGamma() != 1 || layer.getBeta() != 0) {
      throw unsupported(
          node, "batch normalization whose scale or shift starts elsewhere than 1, 0");
    }
    boolean relu = takesRelu(node);
    FastBatchNormalization plain =
        relu ? FastBatchNormalization.withRelu() : FastBatchNormalization.linear();
    return layer(node.name(), plain.with(layer.getEps(), layer.getDecay()), input, input);
  }

  /** Whether a ReLU alone reads a node, which then becomes part of it. */
  private boolean takesRelu(Node node) {
    List<Node> after = readers.getOrDefault(node.name(), List.of());
    boolean relu =
        after.size() == 1
            && after.get(0).part() instanceof Part.OfLayer layer
            && layer.configuration().getClass() == ActivationLayer.class
            && StockActivations.name(activation(layer.configuration()))
                .filter(StockActivations.RELU::equals)
                .isPresent();
    if (relu) {
      taken.add(after.get(0).name());
    }
    return relu;
  }

  private Images dense(Node node, DenseLayer layer, Images input) {
    checkInputs(node, layer.getNIn(), (long) input.height * input.width * input.channels);
    if (layer.hasLayerNorm()) {
      throw unsupported(node, "layer normalization");
    }
    int units = Math.toIntExact(layer.getNOut());
    FastDense dense =
        new FastDense(
            input.height, input.width, units, layer.hasBias(), !input.name.equals(graph.input()));
    return activated(
        node,
        layer.getActivationFn(),
        layer(node.name(), dense, input, new Images("", 1, 1, units, 0)));
  }

  private Images classifier(Node node, OutputLayer layer, Images input) {
    checkInputs(node, layer.getNIn(), (long) input.height * input.width * input.channels);
    checkOutput(node, layer, definition);
    return layer(
        node.name(),
        new SoftmaxOutput(definition.classes(), layer.hasBias()),
        input,
        new Images("", 1, 1, definition.classes(), 0));
  }

  /** What an output must be that is no {@link OutputLayer}. */
  static UnsupportedOperationException unsupportedOutput(Node node, Layer layer) {
    return unsupported(
        node,
        layer.getClass().getSimpleName()
            + " as the output, which must be an OutputLayer with softmax");
  }

  /** Refuses what is no softmax with cross-entropy, or has other classes than the data set. */
  static void checkOutput(Node node, OutputLayer layer, NetworkDefinition definition) {
    if (!(layer.getActivationFn() instanceof ActivationSoftmax)
        || !(layer.getLossFn() instanceof LossMCXENT loss)
        || loss instanceof LossSparseMCXENT
        || loss.getWeights() != null) {
      throw unsupported(
          node,
          String.format(
              Locale.ROOT,
              "an output of %s with %s (must be softmax with unweighted MCXENT)",
              layer.getActivationFn(),
              layer.getLossFn()));
    }
    if (layer.getNOut() != 0 && layer.getNOut() != definition.classes()) {
      throw invalid(
          node,
          String.format(
              Locale.ROOT,
              "has %d outputs, the data set %d classes (set nOut = %d)",
              layer.getNOut(),
              definition.classes(),
              definition.classes()));
    }
  }

  private Images vertex(Node node, GraphVertex vertex, List<Images> inputs) {
    if (vertex.getClass() == MergeVertex.class) {
      int axis = ((MergeVertex) vertex).getMergeAxis();
      if (axis != CHANNELS_FIRST && axis != CHANNELS_LAST) {
        throw unsupported(node, "a merge along axis " + axis);
      }
      return merge(node, inputs);
    }
    if (vertex.getClass() == ElementWiseVertex.class) {
      ElementWiseVertex.Op operation = ((ElementWiseVertex) vertex).getOp();
      if (operation == ElementWiseVertex.Op.Add) {
        return add(node, inputs);
      }
      throw unsupported(node, "ElementWiseVertex." + operation);
    }
    throw unsupported(node, vertex.getClass().getSimpleName());
  }

  private Images merge(Node node, List<Images> inputs) {
    Images first = inputs.get(0);
    if (!inputs.stream().allMatch(first::sameSize)) {
      throw invalid(node, "merges images of different sizes: " + inputs);
    }
    return inputs.size() == 1
        ? first
        : vertex(
            node.name(),
            new Concatenate(),
            inputs,
            inputs.stream().mapToInt(Images::channels).sum());
  }

  /** Two at a time. Of the first two the longer way comes first: the branch beside a shortcut. */
  private Images add(Node node, List<Images> inputs) {
    Images first = inputs.get(0);
    if (!inputs.stream()
        .allMatch(each -> first.sameSize(each) && first.channels == each.channels)) {
      throw invalid(node, "adds images of different sizes: " + inputs);
    }
    Images sum = first;
    for (int i = 1; i < inputs.size(); i++) {
      boolean last = i == inputs.size() - 1;
      Images other = inputs.get(i);
      List<Images> summands = other.depth > sum.depth ? List.of(other, sum) : List.of(sum, other);
      sum =
          vertex(
              last ? node.name() : node.name() + "." + i,
              last && takesRelu(node) ? new AddRelu() : new Add(),
              summands,
              first.channels);
    }
    return sum;
  }

  private Images activated(Node node, IActivation function, Images input) {
    String name = function(node, function);
    return name.equals(StockActivations.IDENTITY)
        ? input
        : layer(node.name() + ".activation", new FastActivation(name), input, input);
  }

  private static IActivation activation(Layer layer) {
    return ((ActivationLayer) layer).getActivationFn();
  }

  private String function(Node node, IActivation function) {
    return StockActivations.name(function)
        .orElseThrow(() -> unsupported(node, "the activation " + function));
  }

  /** Adds a layer. */
  private Images layer(String name, Layer layer, Images input, Images size) {
    builder.addLayer(unique(name), layer, input.name);
    return new Images(name, size.height, size.width, size.channels, input.depth + 1);
  }

  /** Adds a vertex that keeps the size of its inputs. */
  private Images vertex(String name, GraphVertex vertex, List<Images> inputs, int channels) {
    builder.addVertex(
        unique(name), vertex, inputs.stream().map(Images::name).toArray(String[]::new));
    int depth = inputs.stream().mapToInt(Images::depth).max().orElseThrow() + 1;
    return new Images(name, inputs.get(0).height, inputs.get(0).width, channels, depth);
  }

  private String unique(String name) {
    if (!names.add(name) || name.equals(graph.input())) {
      throw OwnGraph.invalid("two layers would be named " + name, null);
    }
    return name;
  }

  private void checkInputs(Node node, long taken, long given) {
    if (taken != 0 && taken != given) {
      throw invalid(
          node,
          String.format(
              Locale.ROOT,
              "takes %d values of a pixel or an image, but gets %d from images of %dx%dx%d (set nIn = 0 to have it fit)",
              taken,
              given,
              definition.imageHeight(),
              definition.imageWidth(),
              definition.imageChannels()));
    }
  }

  private Images fitting(Node node, Supplier<Images> size) {
    try {
      return size.get();
    } catch (IllegalArgumentException e) {
      throw OwnGraph.invalid("layer " + node.name() + " does not fit: " + e.getMessage(), e);
    }
  }

  private static IllegalArgumentException invalid(Node node, String why) {
    return OwnGraph.invalid("layer " + node.name() + " " + why, null);
  }

  private static UnsupportedOperationException unsupported(Node node, String what) {
    return new UnsupportedOperationException(
        String.format(
            Locale.ROOT,
            "Unsupported layer: %s (there is no fast form of %s; %s)",
            node.name(),
            what,
            DOCUMENT));
  }
}
