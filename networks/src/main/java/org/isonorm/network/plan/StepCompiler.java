package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastDropout;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.parameters.FrozenLayers;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes a {@link StepPlan} of a graph: one operation a vertex. */
final class StepCompiler extends PlanCompiler {
  private final ComputationGraph graph;
  private final INDArray parameters;
  private final INDArray gradient;
  private final FrozenLayers frozen;
  private final List<Operation> operations = new ArrayList<>();
  private final boolean drops;
  private final List<DropoutOperation> dropouts = new ArrayList<>();
  private final String mixedVertex;
  private SoftmaxOperation classifier;
  private HiddenMixOperation mixing;

  /**
   * A compiler.
   *
   * @param parameters laid out as the graph's
   * @param gradient laid out alike, which a step writes; not where layers are frozen
   * @param frozen layers that are not trained
   * @param drops whether dropout drops anything
   * @param mixedStage the stage behind which hidden states are mixed; 0 for none
   */
  StepCompiler(
      ComputationGraph graph,
      long[] imageShape,
      Kernels kernels,
      Precision precision,
      PlanMemory memory,
      INDArray parameters,
      INDArray gradient,
      FrozenLayers frozen,
      boolean drops,
      int mixedStage) {
    super(graph, imageShape, kernels, precision, memory);
    this.graph = graph;
    this.parameters = parameters;
    this.gradient = gradient;
    this.frozen = frozen;
    this.drops = drops;
    this.mixedVertex = mixedStage == 0 ? null : lastOf(mixedStage);
  }

  /** The vertex that ends a stage: all others of the stage come before it. */
  private String lastOf(int stage) {
    String last = null;
    for (int index : graph.topologicalSortOrder()) {
      String name = graph.getVertices()[index].getVertexName();
      if (name.startsWith("stage" + stage + ".")) {
        last = name;
      }
    }
    if (last == null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid stage: %d (no layer of the network is named stage%d.…)",
              stage,
              stage));
    }
    return last;
  }

  StepPlan compile() {
    addForward();
    List<StepPlan.Backward> backward = planBackward();
    long bytes = allocate();
    return new StepPlan(images, operations, backward, classifier, mixing, dropouts, made, bytes);
  }

  @Override
  boolean needsGradient(GraphVertex vertex) {
    return isTrained(vertex)
        || Arrays.stream(vertex.getInputVertices())
            .map(source -> outputOf(graph.getVertices()[source.getVertexIndex()]))
            .anyMatch(Tensor::needsGradient);
  }

  private boolean isTrained(GraphVertex vertex) {
    return vertex.numParams() > 0 && !frozen.contains(vertex.getVertexName());
  }

  @Override
  void added(GraphVertex vertex) {
    if (!vertex.getVertexName().equals(mixedVertex)) {
      return;
    }
    clock.tick();
    Tensor input = read(outputOf(vertex));
    mixing = new HiddenMixOperation(input, output(vertex, input.value().shape()));
    operations.add(mixing);
  }

  @Override
  void conversion(Tensor input, Tensor output) {
    operations.add(new ConversionOperation(input, output));
  }

  @Override
  void convolution(GraphVertex vertex, Layer layer, FastConvolution conf, Tensor input) {
    ConvolutionShape shape = conf.shape(input.value().shape());
    ConvolutionKernel kernel = own(layers.convolution(shape));
    Tensor output = output(vertex, batch, shape.outHeight(), shape.outWidth(), shape.out());
    INDArray weights = parameter(layer, DefaultParamInitializer.WEIGHT_KEY);
    INDArray bias = conf.hasBias() ? parameter(layer, DefaultParamInitializer.BIAS_KEY) : null;
    boolean trained = isTrained(vertex);
    operations.add(
        new ConvolutionOperation(
            input,
            output,
            kernel,
            weights,
            bias,
            trained ? gradient(weights) : null,
            trained ? gradient(bias) : null,
            new Places()));
  }

  @Override
  void batchNormalization(
      GraphVertex vertex, Layer layer, FastBatchNormalization conf, Tensor input) {
    long[] shape = input.value().shape();
    BatchNormalizationKernel kernel = own(layers.batchNormalization(conf.shape(shape)));
    BatchNormalizationOperation.Parameters parameters =
        new BatchNormalizationOperation.Parameters(
            parameter(layer, BatchNormalizationParamInitializer.GAMMA),
            parameter(layer, BatchNormalizationParamInitializer.BETA),
            parameter(layer, BatchNormalizationParamInitializer.GLOBAL_MEAN),
            parameter(layer, BatchNormalizationParamInitializer.GLOBAL_VAR));
    if (!isTrained(vertex)) {
      operations.add(
          new FrozenNormalizationOperation(
              input,
              output(vertex, shape),
              kernel,
              parameters,
              FrozenNormalizationOperation.Backward.of(conf.shape(shape), layers, this::own)));
      return;
    }
    BatchNormalizationOperation.Parameters gradients =
        new BatchNormalizationOperation.Parameters(
            gradient(parameters.scale()),
            gradient(parameters.shift()),
            gradient(parameters.mean()),
            gradient(parameters.variance()));
    operations.add(
        new BatchNormalizationOperation(
            input,
            output(vertex, shape),
            kernel,
            kernels,
            parameters,
            gradients,
            1 - conf.getDecay()));
  }

  @Override
  void activation(ActivationShape shape, Tensor input, Tensor output) {
    operations.add(
        new ActivationOperation(input, output, own(layers.activation(shape)), new Places()));
  }

  @Override
  void dropout(GraphVertex vertex, FastDropout conf, Tensor input) {
    if (!drops) {
      super.dropout(vertex, conf, input);
      return;
    }
    DropoutOperation dropout =
        new DropoutOperation(
            input,
            output(vertex, input.value().shape()),
            vertex.getVertexName(),
            conf.getRetained());
    dropouts.add(dropout);
    operations.add(dropout);
  }

  @Override
  void scalarAffine(Layer layer, boolean multiplied, Tensor input, Tensor output) {
    INDArray multiplier = parameter(layer, ScalarAffine.MULTIPLIER);
    INDArray bias = parameter(layer, DefaultParamInitializer.BIAS_KEY);
    operations.add(
        new ScalarAffineOperation(
            input,
            output,
            own(layers.scalarAffine(output.value().slot().length(), multiplied)),
            multiplier,
            bias,
            gradient(multiplier),
            gradient(bias),
            new Places()));
  }

  @Override
  void pooling(PoolingShape shape, Tensor input, Tensor output) {
    operations.add(
        new PoolingOperation(input, output, shape, own(layers.pooling(shape)), new Places()));
  }

  @Override
  void classifier(GraphVertex vertex, Layer layer, Tensor input) {
    if (classifier != null) {
      throw new UnsupportedOperationException("Unsupported graph: it has several outputs");
    }
    INDArray weights = parameter(layer, DefaultParamInitializer.WEIGHT_KEY);
    INDArray bias = parameter(layer, DefaultParamInitializer.BIAS_KEY);
    classifier =
        new SoftmaxOperation(
            vertex.getVertexName(),
            input,
            own(layers.classifier()),
            weights,
            bias,
            gradient(weights),
            gradient(bias));
    operations.add(classifier);
  }

  @Override
  void addRelu(Tensor first, Tensor second, Tensor output) {
    operations.add(
        new AddReluOperation(
            first,
            second,
            output,
            own(layers.addRelu(output.value().slot().length())),
            new Places()));
  }

  @Override
  void add(Tensor first, Tensor second, Tensor output) {
    operations.add(
        new AddOperation(first, second, output, own(layers.add(output.value().slot().length()))));
  }

  @Override
  void concatenation(GraphVertex vertex, List<Tensor> inputs, long[] images) {
    ConcatenationKernel kernel = own(layers.concatenation(concatenationShape(inputs)));
    operations.add(new ConcatenationOperation(inputs, output(vertex, images), kernel));
  }

  @Override
  void subsample(SubsampleShape shape, Tensor input, Tensor output) {
    operations.add(
        new SubsampleOperation(input, output, own(layers.subsample(shape)), new Places()));
  }

  private List<StepPlan.Backward> planBackward() {
    BackwardPlanner planner = new BackwardPlanner(layers, clock, places, made);
    List<StepPlan.Backward> backward = new ArrayList<>();
    for (int i = operations.size() - 1; i >= 0; i--) {
      Operation operation = operations.get(i);
      if (operation.output() != null && !operation.output().needsGradient()) {
        // Nothing up to here is trained.
        clock.tick();
        continue;
      }
      operation.planBackward(planner);
      backward.add(new StepPlan.Backward(operation, planner.takeAdditions()));
      planner.release(operation.output());
      clock.tick();
    }
    return backward;
  }

  /** A parameter of a layer; null where it has none of that key. */
  private INDArray parameter(Layer layer, String key) {
    return counterpart(layer.getParam(key), parameters);
  }

  /** The part of the flat gradient that belongs to a parameter; null of null. */
  private INDArray gradient(INDArray parameter) {
    return counterpart(parameter, parameters, gradient);
  }
}
