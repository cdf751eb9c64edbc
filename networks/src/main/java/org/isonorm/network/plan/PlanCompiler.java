package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Kernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;
import org.isonorm.network.layer.Concatenate;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastGlobalAveragePooling;
import org.isonorm.network.layer.FastPooling;
import org.isonorm.network.layer.SubsamplePad;
import org.isonorm.network.plan.BackwardPlanner.Clock;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Makes a {@link StepPlan} of a graph: its vertices in their order, one operation each. */
final class PlanCompiler {

  /** Bytes at whose multiples arrays start: a page, and so a cache line and a vector too. */
  private static final long ALIGNMENT = 4096;

  private final ComputationGraph graph;
  private final long[] imageShape;
  private final long batch;
  private final Kernels kernels;
  private final Kernels layers;
  private final Precision precision;
  private final PlanMemory planMemory;
  private final Clock clock = new Clock();
  private final List<Place> places = new ArrayList<>();
  private final List<AutoCloseable> made = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private final Map<Integer, Tensor> outputs = new HashMap<>();
  private Place images;
  private SoftmaxOperation classifier;

  PlanCompiler(
      ComputationGraph graph,
      long[] imageShape,
      Kernels kernels,
      Precision precision,
      PlanMemory memory) {
    this.graph = graph;
    this.imageShape = imageShape.clone();
    this.batch = imageShape[0];
    this.kernels = kernels;
    this.layers = kernels.withPrecision(precision);
    this.precision = precision;
    this.planMemory = memory;
  }

  StepPlan compile() {
    for (int index : graph.topologicalSortOrder()) {
      addForward(graph.getVertices()[index]);
    }
    List<Runnable> backward = planBackward();
    long bytes = allocate();
    return new StepPlan(images, operations, backward, classifier, made, bytes);
  }

  private void addForward(GraphVertex vertex) {
    if (vertex.isInputVertex()) {
      addImages(vertex);
      return;
    }
    List<Tensor> inputs = new ArrayList<>();
    for (VertexIndices source : vertex.getInputVertices()) {
      Tensor input = outputs.get(source.getVertexIndex());
      read(input.value());
      inputs.add(input);
    }
    operations.add(operation(vertex, inputs));
    clock.tick();
  }

  private void addImages(GraphVertex vertex) {
    images = new Place(null, imageShape);
    Tensor input = new Tensor(vertex.getVertexName(), images, false);
    if (precision != Precision.FLOAT32) {
      Tensor converted = tensor(vertex.getVertexName(), false, images.shape());
      operations.add(new ConversionOperation(input, converted));
      clock.tick();
      input = converted;
    }
    outputs.put(vertex.getVertexIndex(), input);
  }

  private Operation operation(GraphVertex vertex, List<Tensor> inputs) {
    Tensor input = inputs.get(0);
    if (vertex.hasLayer()) {
      Layer layer = vertex.getLayer();
      Object conf = layer.conf().getLayer();
      if (conf instanceof FastConvolution convolution) {
        return convolution(vertex, layer, convolution, input);
      }
      if (conf instanceof FastBatchNormalization normalization) {
        return batchNormalization(vertex, layer, normalization, input);
      }
      if (conf instanceof FastPooling pooling) {
        return pooling(vertex, pooling.shape(input.value().shape()), input);
      }
      if (conf instanceof FastGlobalAveragePooling) {
        long[] shape = input.value().shape();
        return pooling(
            vertex,
            PoolingShape.globalAverage(batch, (int) shape[1], (int) shape[2], (int) shape[3]),
            input);
      }
      if (conf instanceof BaseOutputLayer) {
        return classifier(layer, input);
      }
    } else {
      Object conf = graph.getConfiguration().getVertices().get(vertex.getVertexName());
      if (conf instanceof AddRelu) {
        return addRelu(vertex, inputs);
      }
      if (conf instanceof Add) {
        Tensor output = output(vertex, input.value().shape());
        return new AddOperation(
            input, inputs.get(1), output, own(layers.add(output.value().slot().length())));
      }
      if (conf instanceof Concatenate) {
        return concatenation(vertex, inputs);
      }
      if (conf instanceof SubsamplePad pad) {
        return subsample(vertex, pad, input);
      }
    }
    throw new UnsupportedOperationException(
        "Unsupported layer: %s (%s)".formatted(vertex.getVertexName(), vertex));
  }

  private Operation convolution(
      GraphVertex vertex, Layer layer, FastConvolution conf, Tensor input) {
    ConvolutionShape shape = conf.shape(input.value().shape());
    ConvolutionKernel kernel = own(layers.convolution(shape));
    Tensor output = output(vertex, batch, shape.outHeight(), shape.outWidth(), shape.out());
    INDArray weights = layer.getParam(DefaultParamInitializer.WEIGHT_KEY);
    INDArray bias = conf.hasBias() ? layer.getParam(DefaultParamInitializer.BIAS_KEY) : null;
    return new ConvolutionOperation(
        input, output, kernel, weights, bias, gradient(weights), gradient(bias), new Places());
  }

  private Operation batchNormalization(
      GraphVertex vertex, Layer layer, FastBatchNormalization conf, Tensor input) {
    long[] shape = input.value().shape();
    BatchNormalizationKernel kernel =
        own(
            layers.batchNormalization(
                new BatchNormalizationShape(
                    batch,
                    (int) shape[1],
                    (int) shape[2],
                    (int) shape[3],
                    conf.getEps(),
                    conf.isRelu())));
    BatchNormalizationOperation.Parameters parameters =
        new BatchNormalizationOperation.Parameters(
            layer.getParam(BatchNormalizationParamInitializer.GAMMA),
            layer.getParam(BatchNormalizationParamInitializer.BETA),
            layer.getParam(BatchNormalizationParamInitializer.GLOBAL_MEAN),
            layer.getParam(BatchNormalizationParamInitializer.GLOBAL_VAR));
    BatchNormalizationOperation.Parameters gradients =
        new BatchNormalizationOperation.Parameters(
            gradient(parameters.scale()),
            gradient(parameters.shift()),
            gradient(parameters.mean()),
            gradient(parameters.variance()));
    return new BatchNormalizationOperation(
        input, output(vertex, shape), kernel, kernels, parameters, gradients, 1 - conf.getDecay());
  }

  private Operation pooling(GraphVertex vertex, PoolingShape shape, Tensor input) {
    PoolingKernel kernel = own(layers.pooling(shape));
    boolean global = vertex.getLayer().conf().getLayer() instanceof FastGlobalAveragePooling;
    Tensor output =
        global
            ? output(vertex, batch, shape.channels())
            : output(vertex, batch, shape.outHeight(), shape.outWidth(), shape.channels());
    return new PoolingOperation(input, output, shape, kernel, new Places());
  }

  private Operation classifier(Layer layer, Tensor input) {
    if (classifier != null) {
      throw new UnsupportedOperationException("Unsupported graph: it has several outputs");
    }
    INDArray weights = layer.getParam(DefaultParamInitializer.WEIGHT_KEY);
    INDArray bias = layer.getParam(DefaultParamInitializer.BIAS_KEY);
    classifier =
        new SoftmaxOperation(input, kernels, weights, bias, gradient(weights), gradient(bias));
    return classifier;
  }

  private Operation addRelu(GraphVertex vertex, List<Tensor> inputs) {
    Tensor output = output(vertex, inputs.get(0).value().shape());
    AddReluKernel kernel = own(layers.addRelu(output.value().slot().length()));
    return new AddReluOperation(inputs.get(0), inputs.get(1), output, kernel, new Places());
  }

  private Operation concatenation(GraphVertex vertex, List<Tensor> inputs) {
    long[] shape = inputs.get(0).value().shape();
    List<Integer> channels = inputs.stream().map(input -> (int) input.value().shape()[3]).toList();
    ConcatenationKernel kernel =
        own(layers.concatenation(new ConcatenationShape(batch * shape[1] * shape[2], channels)));
    shape[3] = channels.stream().mapToInt(Integer::intValue).sum();
    return new ConcatenationOperation(inputs, output(vertex, shape), kernel);
  }

  private Operation subsample(GraphVertex vertex, SubsamplePad conf, Tensor input) {
    long[] from = input.value().shape();
    SubsampleShape shape = conf.shape(batch, (int) from[1], (int) from[2], (int) from[3]);
    SubsampleKernel kernel = own(layers.subsample(shape));
    Tensor output = output(vertex, batch, shape.outHeight(), shape.outWidth(), shape.out());
    return new SubsampleOperation(input, output, kernel, new Places());
  }

  private List<Runnable> planBackward() {
    BackwardPlanner planner = new BackwardPlanner(layers, clock, places, made);
    List<Runnable> backward = new ArrayList<>();
    for (int i = operations.size() - 1; i >= 0; i--) {
      Operation operation = operations.get(i);
      operation.planBackward(planner);
      backward.add(operation::backward);
      backward.addAll(planner.takeAdditions());
      planner.release(operation.output());
      clock.tick();
    }
    return backward;
  }

  private Tensor output(GraphVertex vertex, long... shape) {
    Tensor output = tensor(vertex.getVertexName(), true, shape);
    outputs.put(vertex.getVertexIndex(), output);
    return output;
  }

  private Tensor tensor(String name, boolean needsGradient, long... shape) {
    long length = 1;
    for (long size : shape) {
      length *= size;
    }
    Place place = new Place(new Slot(precision.type(), length), shape);
    places.add(place);
    read(place);
    return new Tensor(name, place, needsGradient);
  }

  private void read(Place place) {
    if (place.slot() != null) {
      place.slot().useAt(clock.now());
    }
  }

  private <K extends Kernel> K own(K kernel) {
    made.add(kernel);
    return kernel;
  }

  /** The part of the graph's flat gradient that belongs to a parameter; null of null. */
  private INDArray gradient(INDArray parameter) {
    if (parameter == null) {
      return null;
    }
    INDArray flat = graph.getFlattenedGradients();
    long from = parameter.offset() - graph.params().offset();
    return flat.reshape(flat.length())
        .get(NDArrayIndex.interval(from, from + parameter.length()))
        .reshape(parameter.ordering(), parameter.shape());
  }

  /** Binds every place to memory and returns how many bytes it takes. */
  private long allocate() {
    DataType type = precision.type();
    List<Slot> slots = places.stream().map(Place::slot).distinct().toList();
    long alignment = ALIGNMENT / type.width();
    MemoryPlan plan = MemoryPlan.of(slots, alignment);
    INDArray memory = planMemory.atLeast(type, plan.length() + alignment);
    long misplaced = memory.data().address() % ALIGNMENT;
    long start = misplaced == 0 ? 0 : (ALIGNMENT - misplaced) / type.width();
    for (Place place : places) {
      long offset = start + plan.offsets().get(place.slot());
      place.bind(
          Nd4j.create(
              memory.data(), place.shape(), Nd4j.getStrides(place.shape(), 'c'), offset, 'c'));
    }
    return plan.length() * type.width();
  }
}
