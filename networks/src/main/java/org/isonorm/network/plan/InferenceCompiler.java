package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.ScalarAffine;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes an {@link InferencePlan} of a graph. The batch normalization behind a convolution becomes
 * part of the convolution's weights and bias where nobody else reads the convolution's output.
 */
final class InferenceCompiler extends PlanCompiler {
  private final List<Runnable> steps = new ArrayList<>();
  private final List<FoldedConvolution> folded = new ArrayList<>();

  /** Convolutions whose normalization is still to come, by the name of its vertex. */
  private final Map<String, FoldedConvolution> awaiting = new HashMap<>();

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
        folded,
        features.value(),
        parameter(classifier, DefaultParamInitializer.WEIGHT_KEY),
        parameter(classifier, DefaultParamInitializer.BIAS_KEY),
        made);
  }

  @Override
  void conversion(Tensor input, Tensor output) {
    throw new AssertionError("Inference computes in float32");
  }

  @Override
  void convolution(GraphVertex vertex, Layer layer, FastConvolution conf, Tensor input) {
    ConvolutionShape shape = conf.shape(input.value().shape());
    Tensor output = output(vertex, batch, shape.outHeight(), shape.outWidth(), shape.out());
    INDArray weights = parameter(layer, DefaultParamInitializer.WEIGHT_KEY);
    INDArray bias = conf.hasBias() ? parameter(layer, DefaultParamInitializer.BIAS_KEY) : null;
    GraphVertex normalization = normalization(vertex);
    if (normalization == null) {
      InferenceConvolutionKernel kernel = own(layers.inferenceConvolution(shape, false));
      steps.add(() -> kernel.forward(input.value().array(), weights, bias, output.value().array()));
      return;
    }
    Layer bn = normalization.getLayer();
    FastBatchNormalization bnConf = (FastBatchNormalization) bn.conf().getLayer();
    FoldedConvolution convolution =
        new FoldedConvolution(
            own(layers.inferenceConvolution(shape.withBias(), bnConf.isRelu())),
            input.value(),
            output.value(),
            weights,
            bias,
            parameter(bn, BatchNormalizationParamInitializer.GAMMA),
            parameter(bn, BatchNormalizationParamInitializer.BETA),
            parameter(bn, BatchNormalizationParamInitializer.GLOBAL_MEAN),
            parameter(bn, BatchNormalizationParamInitializer.GLOBAL_VAR),
            bnConf.getEps());
    folded.add(convolution);
    steps.add(convolution::forward);
    awaiting.put(normalization.getVertexName(), convolution);
  }

  /** The normalization that alone reads the output of a convolution, or null. */
  private GraphVertex normalization(GraphVertex convolution) {
    VertexIndices[] readers = convolution.getOutputVertices();
    if (readers == null || readers.length != 1) {
      return null;
    }
    GraphVertex reader = graph.getVertices()[readers[0].getVertexIndex()];
    boolean normalizes =
        reader.hasLayer() && reader.getLayer().conf().getLayer() instanceof FastBatchNormalization;
    return normalizes ? reader : null;
  }

  @Override
  void batchNormalization(
      GraphVertex vertex, Layer layer, FastBatchNormalization conf, Tensor input) {
    if (awaiting.remove(vertex.getVertexName()) != null) {
      output(vertex, input);
      return;
    }
    long[] shape = input.value().shape();
    BatchNormalizationKernel kernel = own(layers.batchNormalization(conf.shape(shape)));
    Tensor output = output(vertex, shape);
    INDArray scale = parameter(layer, BatchNormalizationParamInitializer.GAMMA);
    INDArray shift = parameter(layer, BatchNormalizationParamInitializer.BETA);
    INDArray mean = parameter(layer, BatchNormalizationParamInitializer.GLOBAL_MEAN);
    INDArray variance = parameter(layer, BatchNormalizationParamInitializer.GLOBAL_VAR);
    steps.add(
        () ->
            kernel.forwardInference(
                input.value().array(), scale, shift, mean, variance, output.value().array()));
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
  void classifier(Layer layer, Tensor input) {
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
  void concatenation(ConcatenationShape shape, List<Tensor> inputs, Tensor output) {
    ConcatenationKernel kernel = own(layers.concatenation(shape));
    steps.add(
        () ->
            kernel.forward(
                inputs.stream().map(input -> input.value().array()).toArray(INDArray[]::new),
                output.value().array()));
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
