package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.PreactivatedConvolutionKernel;
import org.isonorm.network.kernel.PreactivatedConvolutionShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;
import org.isonorm.network.layer.Concatenate;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.ScalarAffine;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes an {@link InferencePlan} of a graph.
 *
 * <ul>
 *   <li>The batch normalization behind a convolution becomes part of the convolution's weights and
 *       bias where nobody else reads the convolution's output.
 *   <li>A residual block's last convolution adds to the array of the other branch, where nobody
 *       reads that afterwards and the kernels have that.
 *   <li>One with ReLU before a 1×1 convolution that alone reads it becomes part of the convolution,
 *       where the kernels have that.
 *   <li>Such a convolution reads the parts of a concatenation, which is only computed where another
 *       layer asks for it.
 * </ul>
 */
final class InferenceCompiler extends PlanCompiler {
  private final List<Runnable> steps = new ArrayList<>();
  private final List<Runnable> folding = new ArrayList<>();

  /** Normalizations that the convolution behind them takes over, by the convolution's name. */
  private final Map<String, Preactivation> preactivations = new HashMap<>();

  /** What stands side by side in a concatenation. */
  private final Map<Tensor, List<Tensor>> parts = new HashMap<>();

  /** Concatenations that were asked for as one array, and that array. */
  private final Map<Tensor, Tensor> wholes = new HashMap<>();

  /** What a convolution does before it convolves, and all that by a kernel. */
  private record Preactivation(
      FoldedNormalization normalization, PreactivatedConvolutionKernel kernel) {}

  /** A convolution that adds to an array, and that array. */
  private record Accumulation(InferenceConvolutionKernel kernel, Tensor sum) {}

  private final ComputationGraph graph;
  private final INDArray parameters;
  private Tensor features;
  private Layer classifier;

  InferenceCompiler(
      ComputationGraph graph,
      INDArray parameters,
      long[] imageShape,
      Kernels kernels,
      PlanMemory memory) {
    super(graph, imageShape, kernels, Precision.FLOAT32, memory);
    this.graph = graph;
    this.parameters = parameters;
  }

  InferencePlan compile() {
    addForward();
    allocate();
    return new InferencePlan(
        images,
        steps,
        folding,
        features.value(),
        new Logits(
            parameter(classifier, DefaultParamInitializer.WEIGHT_KEY),
            parameter(classifier, DefaultParamInitializer.BIAS_KEY)),
        made);
  }

  @Override
  void conversion(Tensor input, Tensor output) {
    throw new AssertionError("Inference computes in float32");
  }

  @Override
  Tensor input(GraphVertex reader, Tensor output) {
    Object conf = configuration(reader);
    boolean takesParts =
        conf instanceof Concatenate
            || conf instanceof FastBatchNormalization
            || preactivations.containsKey(reader.getVertexName());
    return takesParts ? output : whole(output);
  }

  private Object configuration(GraphVertex vertex) {
    return vertex.hasLayer()
        ? vertex.getLayer().conf().getLayer()
        : graph.getConfiguration().getVertices().get(vertex.getVertexName());
  }

  /** A tensor as one array, which a concatenation becomes at its first reader that wants it so. */
  private Tensor whole(Tensor tensor) {
    return read(parts.containsKey(tensor) ? wholes.computeIfAbsent(tensor, this::join) : tensor);
  }

  private Tensor join(Tensor concatenation) {
    List<Tensor> inputs = partsOf(concatenation);
    Tensor output = tensor(concatenation.toString(), true, concatenation.value().shape());
    ConcatenationKernel kernel = own(layers.concatenation(concatenationShape(inputs)));
    steps.add(() -> kernel.forward(Tensor.values(inputs), output.value().array()));
    return output;
  }

  /** The tensors whose channels stand side by side in a tensor, which are read now. */
  private List<Tensor> partsOf(Tensor tensor) {
    List<Tensor> tensors = parts.getOrDefault(tensor, List.of(tensor));
    tensors.forEach(this::read);
    return tensors;
  }

  @Override
  void convolution(GraphVertex vertex, Layer layer, FastConvolution conf, Tensor input) {
    ConvolutionShape shape = conf.shape(input.value().shape());
    INDArray weights = parameter(layer, DefaultParamInitializer.WEIGHT_KEY);
    INDArray bias = conf.hasBias() ? parameter(layer, DefaultParamInitializer.BIAS_KEY) : null;
    GraphVertex next = onlyReader(vertex, FastBatchNormalization.class);
    if (next == null) {
      BiConsumer<INDArray, INDArray> convolution = convolver(vertex, vertex, shape, false, input);
      steps.add(() -> convolution.accept(weights, bias));
      return;
    }
    FoldedConvolution folded =
        new FoldedConvolution(
            convolver(vertex, next, shape.withBias(), isRelu(next), input),
            weights,
            bias,
            normalization(next.getLayer()));
    folding.add(folded::fold);
    steps.add(folded::forward);
    output(next, outputOf(vertex));
  }

  /**
   * A convolution by weights and a bias that are still to come.
   *
   * @param last the vertex itself, or the normalization behind it that it takes over
   */
  private BiConsumer<INDArray, INDArray> convolver(
      GraphVertex vertex, GraphVertex last, ConvolutionShape shape, boolean relu, Tensor input) {
    Preactivation before = preactivations.remove(vertex.getVertexName());
    if (before == null) {
      Optional<Accumulation> sum = relu ? Optional.empty() : accumulation(last, shape, input);
      InferenceConvolutionKernel kernel =
          own(
              sum.map(Accumulation::kernel)
                  .orElseGet(() -> layers.inferenceConvolution(shape, relu)));
      Tensor output =
          sum.map(found -> output(vertex, read(found.sum)))
              .orElseGet(() -> convolved(vertex, shape));
      return (weights, bias) ->
          kernel.forward(input.value().array(), weights, bias, output.value().array());
    }
    Tensor output = convolved(vertex, shape);
    List<Tensor> inputs = partsOf(input);
    return (weights, bias) ->
        before.kernel.forward(
            Tensor.values(inputs),
            before.normalization.factor(),
            before.normalization.offset(),
            weights,
            bias,
            output.value().array());
  }

  private Tensor convolved(GraphVertex vertex, ConvolutionShape shape) {
    return output(vertex, batch, shape.outHeight(), shape.outWidth(), shape.out());
  }

  /** How a convolution takes over the addition behind it; empty where it cannot. */
  private Optional<Accumulation> accumulation(
      GraphVertex last, ConvolutionShape shape, Tensor input) {
    GraphVertex addition = onlyReader(last, AddRelu.class);
    boolean relu = addition != null;
    if (addition == null) {
      addition = onlyReader(last, Add.class);
    }
    Tensor branch = addition == null ? null : otherInput(addition, last);
    if (branch == null || branch == input || isReadByAnother(branch, addition)) {
      return Optional.empty();
    }
    Optional<InferenceConvolutionKernel> kernel = layers.accumulatingConvolution(shape, relu);
    if (kernel.isPresent()) {
      output(addition, branch);
    }
    return kernel.map(found -> new Accumulation(found, branch));
  }

  /** What an addition reads beside a vertex; null where that is not computed yet. */
  private Tensor otherInput(GraphVertex addition, GraphVertex vertex) {
    for (VertexIndices source : addition.getInputVertices()) {
      if (source.getVertexIndex() != vertex.getVertexIndex()) {
        return outputOf(graph.getVertices()[source.getVertexIndex()]);
      }
    }
    return null;
  }

  /** Whether a tensor is the caller's, or another vertex than one will still read it. */
  private boolean isReadByAnother(Tensor tensor, GraphVertex reader) {
    if (tensor.value().slot() == null
        || parts.values().stream().anyMatch(tensors -> tensors.contains(tensor))) {
      return true;
    }
    for (GraphVertex vertex : graph.getVertices()) {
      if (vertex == reader || outputOf(vertex) != null) {
        continue;
      }
      for (VertexIndices source : vertex.getInputVertices()) {
        if (outputOf(graph.getVertices()[source.getVertexIndex()]) == tensor) {
          return true;
        }
      }
    }
    return false;
  }

  /** The vertex that alone reads the output of another, if its layer is of a kind; else null. */
  private GraphVertex onlyReader(GraphVertex vertex, Class<?> kind) {
    VertexIndices[] readers = vertex.getOutputVertices();
    if (readers == null || readers.length != 1) {
      return null;
    }
    GraphVertex reader = graph.getVertices()[readers[0].getVertexIndex()];
    return kind.isInstance(configuration(reader)) ? reader : null;
  }

  @Override
  void batchNormalization(
      GraphVertex vertex, Layer layer, FastBatchNormalization conf, Tensor input) {
    if (precedesConvolution(vertex, conf, input)) {
      output(vertex, input);
      return;
    }
    Tensor images = whole(input);
    long[] shape = images.value().shape();
    BatchNormalizationKernel kernel = own(layers.batchNormalization(conf.shape(shape)));
    Tensor output = output(vertex, shape);
    INDArray scale = parameter(layer, BatchNormalizationParamInitializer.GAMMA);
    INDArray shift = parameter(layer, BatchNormalizationParamInitializer.BETA);
    INDArray mean = parameter(layer, BatchNormalizationParamInitializer.GLOBAL_MEAN);
    INDArray variance = parameter(layer, BatchNormalizationParamInitializer.GLOBAL_VAR);
    steps.add(
        () ->
            kernel.forwardInference(
                images.value().array(), scale, shift, mean, variance, output.value().array()));
  }

  private boolean isRelu(GraphVertex normalization) {
    return ((FastBatchNormalization) configuration(normalization)).isRelu();
  }

  /** Lets the convolution behind a normalization take it over; false where it cannot. */
  private boolean precedesConvolution(
      GraphVertex vertex, FastBatchNormalization conf, Tensor input) {
    GraphVertex reader = onlyReader(vertex, FastConvolution.class);
    if (reader == null || !conf.isRelu()) {
      return false;
    }
    ConvolutionShape shape = ((FastConvolution) configuration(reader)).shape(input.value().shape());
    if (!shape.isPointwise()) {
      return false;
    }
    GraphVertex next = onlyReader(reader, FastBatchNormalization.class);
    Optional<PreactivatedConvolutionKernel> kernel =
        layers.preactivatedConvolution(
            new PreactivatedConvolutionShape(
                concatenationShape(partsOf(input)),
                shape.out(),
                next != null || shape.bias(),
                next != null && isRelu(next)));
    if (kernel.isEmpty()) {
      return false;
    }
    FoldedNormalization normalization = normalization(vertex.getLayer());
    folding.add(normalization::fold);
    preactivations.put(reader.getVertexName(), new Preactivation(normalization, own(kernel.get())));
    return true;
  }

  private FoldedNormalization normalization(Layer layer) {
    return new FoldedNormalization(
        parameter(layer, BatchNormalizationParamInitializer.GAMMA),
        parameter(layer, BatchNormalizationParamInitializer.BETA),
        parameter(layer, BatchNormalizationParamInitializer.GLOBAL_MEAN),
        parameter(layer, BatchNormalizationParamInitializer.GLOBAL_VAR),
        ((FastBatchNormalization) layer.conf().getLayer()).getEps());
  }

  @Override
  void activation(ActivationShape shape, Tensor input, Tensor output) {
    ActivationKernel kernel = own(layers.activation(shape));
    steps.add(() -> kernel.forward(input.value().array(), output.value().array()));
  }

  @Override
  void scalarAffine(Layer layer, boolean multiplied, Tensor input, Tensor output) {
    ScalarAffineKernel kernel =
        own(layers.scalarAffine(output.value().slot().length(), multiplied));
    INDArray multiplier = parameter(layer, ScalarAffine.MULTIPLIER);
    INDArray bias = parameter(layer, DefaultParamInitializer.BIAS_KEY);
    steps.add(
        () -> kernel.forward(input.value().array(), multiplier, bias, output.value().array()));
  }

  @Override
  void pooling(PoolingShape shape, Tensor input, Tensor output) {
    PoolingKernel kernel = own(layers.pooling(shape));
    steps.add(
        () ->
            kernel.forwardInference(
                input.value().array(), PoolingOperation.asImages(output.value().array(), shape)));
  }

  @Override
  void classifier(GraphVertex vertex, Layer layer, Tensor input) {
    if (classifier != null) {
      throw new UnsupportedOperationException("Unsupported graph: it has several outputs");
    }
    classifier = layer;
    features = input;
  }

  @Override
  void addRelu(Tensor first, Tensor second, Tensor output) {
    AddReluKernel kernel = own(layers.addRelu(output.value().slot().length()));
    steps.add(
        () ->
            kernel.forward(first.value().array(), second.value().array(), output.value().array()));
  }

  @Override
  void add(Tensor first, Tensor second, Tensor output) {
    AddKernel kernel = own(layers.add(output.value().slot().length()));
    steps.add(
        () ->
            kernel.forward(first.value().array(), second.value().array(), output.value().array()));
  }

  @Override
  void concatenation(GraphVertex vertex, List<Tensor> inputs, long[] images) {
    Tensor output =
        output(vertex, new Tensor(vertex.getVertexName(), new Place(null, images), true));
    parts.put(output, inputs.stream().flatMap(input -> partsOf(input).stream()).toList());
  }

  @Override
  void subsample(SubsampleShape shape, Tensor input, Tensor output) {
    SubsampleKernel kernel = own(layers.subsample(shape));
    steps.add(() -> kernel.forward(input.value().array(), output.value().array()));
  }

  /** A layer's parameter in the vector computed with; null where the layer has none. */
  private INDArray parameter(Layer layer, String name) {
    return counterpart(layer.getParam(name), parameters);
  }
}
