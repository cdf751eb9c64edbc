package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.Kernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;
import org.isonorm.network.layer.ChannelsFirst;
import org.isonorm.network.layer.Concatenate;
import org.isonorm.network.layer.FastActivation;
import org.isonorm.network.layer.FastBatchNormalization;
import org.isonorm.network.layer.FastConvolution;
import org.isonorm.network.layer.FastDropout;
import org.isonorm.network.layer.FastGlobalAveragePooling;
import org.isonorm.network.layer.FastPooling;
import org.isonorm.network.layer.ScalarAffine;
import org.isonorm.network.layer.SubsamplePad;
import org.isonorm.network.plan.BackwardPlanner.Clock;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Goes through a graph's vertices in their order and gives the output of each a place in memory. A
 * moment passes with each of them.
 */
abstract class PlanCompiler {

  /** Bytes at whose multiples arrays start: a page, and so a cache line and a vector too. */
  private static final long ALIGNMENT = 4096;

  private final ComputationGraph graph;
  private final long[] imageShape;
  private final Precision precision;
  private final PlanMemory memory;
  private final Map<Integer, Tensor> outputs = new HashMap<>();

  /** Images of a batch. */
  final long batch;

  /** Kernels of everything that is float32. */
  final Kernels kernels;

  /** Kernels of the activations' precision. */
  final Kernels layers;

  final Clock clock = new Clock();
  final List<Place> places = new ArrayList<>();

  /** The kernels made, which the plan closes. */
  final List<AutoCloseable> made = new ArrayList<>();

  /** Where the caller's images lie. */
  Place images;

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
    this.memory = memory;
  }

  /** Adds the work of every vertex. */
  final void addForward() {
    if (ChannelsFirst.isIn(graph.getConfiguration())) {
      throw new UnsupportedOperationException(
          "Unsupported plan: the network computes with DL4J's own layers (network.fallback = dl4j), of which nothing is compiled");
    }
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = graph.getVertices()[index];
      if (vertex.isInputVertex()) {
        addImages(vertex);
      } else if (outputOf(vertex) == null) {
        // One whose work another has taken over has its output already.
        List<Tensor> inputs = new ArrayList<>();
        for (VertexIndices source : vertex.getInputVertices()) {
          inputs.add(input(vertex, outputs.get(source.getVertexIndex())));
        }
        add(vertex, inputs);
        added(vertex);
      }
      clock.tick();
    }
  }

  /** What a vertex reads of an output: all of it here. */
  Tensor input(GraphVertex reader, Tensor output) {
    return read(output);
  }

  /** Called after the work of a vertex was added; adds none of its own here. */
  void added(GraphVertex vertex) {}

  private void addImages(GraphVertex vertex) {
    images = new Place(null, imageShape);
    Tensor input = new Tensor(vertex.getVertexName(), images, false);
    if (precision == Precision.FLOAT32) {
      outputs.put(vertex.getVertexIndex(), input);
    } else {
      Tensor converted = tensor(vertex.getVertexName(), false, imageShape);
      outputs.put(vertex.getVertexIndex(), converted);
      conversion(input, converted);
    }
  }

  private void add(GraphVertex vertex, List<Tensor> inputs) {
    Tensor input = inputs.get(0);
    long[] shape = input.value().shape();
    if (vertex.hasLayer()) {
      Layer layer = vertex.getLayer();
      Object conf = layer.conf().getLayer();
      if (conf instanceof FastConvolution convolution) {
        convolution(vertex, layer, convolution, input);
        return;
      }
      if (conf instanceof FastBatchNormalization normalization) {
        batchNormalization(vertex, layer, normalization, input);
        return;
      }
      if (conf instanceof FastActivation activation) {
        Tensor output = output(vertex, shape);
        activation(activation.shape(output.value().slot().length()), input, output);
        return;
      }
      if (conf instanceof FastDropout dropout) {
        dropout(vertex, dropout, input);
        return;
      }
      if (conf instanceof ScalarAffine scalars) {
        scalarAffine(layer, scalars.isMultiplied(), input, output(vertex, shape));
        return;
      }
      if (conf instanceof FastPooling pooling) {
        PoolingShape pool = pooling.shape(shape);
        pooling(
            pool, input, output(vertex, batch, pool.outHeight(), pool.outWidth(), pool.channels()));
        return;
      }
      if (conf instanceof FastGlobalAveragePooling) {
        pooling(
            PoolingShape.globalAverage(batch, (int) shape[1], (int) shape[2], (int) shape[3]),
            input,
            output(vertex, batch, shape[3]));
        return;
      }
      if (conf instanceof BaseOutputLayer) {
        classifier(vertex, layer, input);
        return;
      }
    } else {
      Object conf = graph.getConfiguration().getVertices().get(vertex.getVertexName());
      if (conf instanceof AddRelu) {
        addRelu(input, inputs.get(1), output(vertex, shape));
        return;
      }
      if (conf instanceof Add) {
        add(input, inputs.get(1), output(vertex, shape));
        return;
      }
      if (conf instanceof Concatenate) {
        shape[3] = concatenationShape(inputs).outputChannels();
        concatenation(vertex, inputs, shape);
        return;
      }
      if (conf instanceof SubsamplePad pad) {
        SubsampleShape subsample = pad.shape(batch, (int) shape[1], (int) shape[2], (int) shape[3]);
        subsample(
            subsample,
            input,
            output(vertex, batch, subsample.outHeight(), subsample.outWidth(), subsample.out()));
        return;
      }
    }
    throw new UnsupportedOperationException(
        String.format(Locale.ROOT, "Unsupported layer: %s (%s)", vertex.getVertexName(), vertex));
  }

  /** Changes the images to the precision of the layers. */
  abstract void conversion(Tensor input, Tensor output);

  abstract void convolution(GraphVertex vertex, Layer layer, FastConvolution conf, Tensor input);

  abstract void batchNormalization(
      GraphVertex vertex, Layer layer, FastBatchNormalization conf, Tensor input);

  abstract void activation(ActivationShape shape, Tensor input, Tensor output);

  /** Drops nothing here. */
  void dropout(GraphVertex vertex, FastDropout conf, Tensor input) {
    output(vertex, input);
  }

  abstract void scalarAffine(Layer layer, boolean multiplied, Tensor input, Tensor output);

  abstract void pooling(PoolingShape shape, Tensor input, Tensor output);

  abstract void classifier(GraphVertex vertex, Layer layer, Tensor input);

  abstract void addRelu(Tensor first, Tensor second, Tensor output);

  abstract void add(Tensor first, Tensor second, Tensor output);

  /**
   * Puts the channels of all inputs side by side.
   *
   * @param images shape of the output, [batch, height, width, channels of all]
   */
  abstract void concatenation(GraphVertex vertex, List<Tensor> inputs, long[] images);

  abstract void subsample(SubsampleShape shape, Tensor input, Tensor output);

  /** The concatenation of images of one size. */
  final ConcatenationShape concatenationShape(List<Tensor> inputs) {
    long[] first = inputs.get(0).value().shape();
    return new ConcatenationShape(
        batch * first[1] * first[2],
        inputs.stream().map(each -> (int) each.value().shape()[3]).toList());
  }

  /** What stands in a vector laid out as the graph's parameters for one of them; null of null. */
  final INDArray counterpart(INDArray parameter, INDArray vector) {
    return counterpart(parameter, graph.params(), vector);
  }

  /** What stands in a vector for part of another one that is laid out alike; null of null. */
  static INDArray counterpart(INDArray parameter, INDArray of, INDArray vector) {
    if (parameter == null) {
      return null;
    }
    long from = parameter.offset() - of.offset();
    return vector
        .reshape(vector.length())
        .get(NDArrayIndex.interval(from, from + parameter.length()))
        .reshape(parameter.ordering(), parameter.shape());
  }

  /** The output of a vertex, in a place of its own from now on. */
  final Tensor output(GraphVertex vertex, long... shape) {
    return output(vertex, tensor(vertex.getVertexName(), needsGradient(vertex), shape));
  }

  /** Whether anything is trained up to a vertex; here it does not matter. */
  boolean needsGradient(GraphVertex vertex) {
    return true;
  }

  /** What now counts as the output of a vertex; null of one that has none. */
  final Tensor outputOf(GraphVertex vertex) {
    return outputs.get(vertex.getVertexIndex());
  }

  /** Lets a tensor count as the output of a vertex. */
  final Tensor output(GraphVertex vertex, Tensor tensor) {
    outputs.put(vertex.getVertexIndex(), tensor);
    return tensor;
  }

  /** A tensor in a place of its own from now on. */
  final Tensor tensor(String name, boolean needsGradient, long... shape) {
    long length = 1;
    for (long size : shape) {
      length *= size;
    }
    Place place = new Place(new Slot(precision.type(), length), shape);
    places.add(place);
    return read(new Tensor(name, place, needsGradient));
  }

  final Tensor read(Tensor tensor) {
    if (tensor.value().slot() != null) {
      tensor.value().slot().useAt(clock.now());
    }
    return tensor;
  }

  final <K extends Kernel> K own(K kernel) {
    made.add(kernel);
    return kernel;
  }

  /** Binds every place to memory and returns how many bytes it takes. */
  final long allocate() {
    DataType type = precision.type();
    List<Slot> slots = places.stream().map(Place::slot).distinct().toList();
    long alignment = ALIGNMENT / type.width();
    MemoryPlan plan = MemoryPlan.of(slots, alignment);
    INDArray array = memory.atLeast(type, plan.length() + alignment);
    long misplaced = array.data().address() % ALIGNMENT;
    long start = misplaced == 0 ? 0 : (ALIGNMENT - misplaced) / type.width();
    for (Place place : places) {
      long offset = start + plan.offsets().get(place.slot());
      place.bind(
          Nd4j.create(
              array.data(), place.shape(), Nd4j.getStrides(place.shape(), 'c'), offset, 'c'));
    }
    return plan.length() * type.width();
  }
}
