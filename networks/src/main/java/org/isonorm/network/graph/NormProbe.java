package org.isonorm.network.graph;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.NormPropagation;
import org.isonorm.init.SignalStatistics;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.kernel.Tensors;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One forward and one backward pass in training mode through the vertices of a graph, measuring
 * what {@link ComputationGraph} itself throws away: the error at the output of every layer. Takes
 * any graph of one input and one output, built here or not; changes no parameter. Keeps no array
 * longer than it has to: a deep network's activations take gigabytes.
 */
public final class NormProbe {
  private final ComputationGraph graph;
  private final GraphVertex[] vertices;
  private final Map<String, LayerTopology> layers = new LinkedHashMap<>();
  private final Map<String, SignalStatistics> activations = new HashMap<>();
  private final Map<String, SignalStatistics> errors = new HashMap<>();
  private final Map<String, Double> gradientNorms = new HashMap<>();

  /** Copies that vertices were given as inputs, by the vertex. */
  private final Map<String, List<INDArray>> inputs = new HashMap<>();

  /** Errors at outputs, until their vertices have passed them on. */
  private final Map<String, INDArray> pending = new HashMap<>();

  /** Where the elements of one array after another are looked at. */
  private float[] elements = {};

  private NormProbe(ComputationGraph graph) {
    this.graph = graph;
    this.vertices = graph.getVertices();
    for (LayerTopology layer : Networks.topology("graph", graph).layers()) {
      layers.put(layer.name(), layer);
    }
  }

  /**
   * Measures a graph on a batch.
   *
   * @param features images in the layout the graph takes
   * @param labels one-hot or soft labels [examples, classes]
   * @throws IllegalArgumentException if the graph has not one input and one output
   */
  public static NormPropagation measure(
      ComputationGraph graph, INDArray features, INDArray labels) {
    if (graph.getNumInputArrays() != 1 || graph.getNumOutputArrays() != 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid graph: %d inputs and %d outputs (must be one each)",
              graph.getNumInputArrays(),
              graph.getNumOutputArrays()));
    }
    if (graph.getFlattenedGradients() == null) {
      graph.initGradientsView();
    }
    // Running statistics move with the batch only when a step is applied; DL4J's own layers of
    // batch normalization move theirs in the forward pass.
    INDArray parameters = graph.params().dup();
    try {
      graph.setInput(0, features); // where preprocessors look up the size of the batch
      NormProbe probe = new NormProbe(graph);
      probe.forward(features);
      probe.backward(labels);
      return probe.propagation(features);
    } finally {
      graph.params().assign(parameters);
      graph.clear();
      for (GraphVertex vertex : graph.getVertices()) {
        vertex.clear();
      }
    }
  }

  private void forward(INDArray features) {
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = vertices[index];
      String name = vertex.getVertexName();
      if (vertex.isInputVertex()) {
        give(vertex, features);
        continue;
      }
      INDArray output = vertex.doForward(true, LayerWorkspaceMgr.noWorkspaces());
      if (vertex.isOutputVertex()) {
        activations.put(name, statistics(Logits.of(vertex.getLayer(), inputs.get(name).get(0))));
        pending.put(name, output);
      } else if (layers.containsKey(name)) {
        activations.put(name, statistics(output));
      }
      give(vertex, output);
    }
  }

  /** Gives an output to its vertex's consumers: copies, since layers of DL4J may work in place. */
  private void give(GraphVertex vertex, INDArray output) {
    VertexIndices[] consumers = vertex.getOutputVertices();
    for (int i = 0; consumers != null && i < consumers.length; i++) {
      GraphVertex consumer = vertices[consumers[i].getVertexIndex()];
      INDArray copy = output.dup('c');
      inputs.computeIfAbsent(consumer.getVertexName(), name -> new ArrayList<>()).add(copy);
      consumer.setInput(consumers[i].getVertexEdgeNumber(), copy, LayerWorkspaceMgr.noWorkspaces());
    }
  }

  private void backward(INDArray labels) {
    double examples = labels.size(0);
    int[] order = graph.topologicalSortOrder();
    for (int i = order.length - 1; i >= 0; i--) {
      GraphVertex vertex = vertices[order[i]];
      String name = vertex.getVertexName();
      INDArray error = pending.remove(name);
      if (vertex.isInputVertex() || error == null) {
        continue; // an input, or a layer that asks for no gradient of its input
      }
      if (vertex.isOutputVertex()) {
        // Of softmax and cross-entropy at their input: probabilities less labels.
        error = error.sub(labels);
        ((IOutputLayer) vertex.getLayer()).setLabels(labels);
      }
      if (layers.containsKey(name)) {
        // DL4J sums gradients over the batch; the error is of the mean loss.
        errors.put(name, statistics(error).times(1 / examples));
      }
      if (!vertex.isOutputVertex()) {
        vertex.setEpsilon(error);
      }
      Pair<Gradient, INDArray[]> result =
          vertex.doBackward(false, LayerWorkspaceMgr.noWorkspaces());
      if (layers.containsKey(name)) {
        gradientNorms.put(
            name,
            norm(result.getFirst().getGradientFor(DefaultParamInitializer.WEIGHT_KEY)) / examples);
      }
      distribute(vertex, result.getSecond());
      error.close();
      inputs.remove(name).forEach(INDArray::close);
    }
  }

  private void distribute(GraphVertex vertex, INDArray[] inputErrors) {
    VertexIndices[] producers = vertex.getInputVertices();
    for (int i = 0; i < producers.length; i++) {
      INDArray error = inputErrors == null || i >= inputErrors.length ? null : inputErrors[i];
      if (error != null) {
        String producer = vertices[producers[i].getVertexIndex()].getVertexName();
        INDArray sum = pending.get(producer);
        if (sum == null) {
          pending.put(producer, error.dup('c'));
        } else {
          sum.addi(error);
        }
      }
    }
  }

  private NormPropagation propagation(INDArray features) {
    List<LayerSignals> signals = new ArrayList<>();
    layers.forEach(
        (name, layer) ->
            signals.add(
                new LayerSignals(
                    name,
                    layer.shape().out(),
                    activations.get(name),
                    errors.get(name),
                    norm(
                        graph
                            .getVertex(name)
                            .getLayer()
                            .getParam(DefaultParamInitializer.WEIGHT_KEY)),
                    gradientNorms.get(name))));
    return new NormPropagation(signals, statistics(features));
  }

  private SignalStatistics statistics(INDArray values) {
    int count = Math.toIntExact(values.length());
    if (elements.length < count) {
      elements = new float[count];
    }
    if (values.offset() == 0
        && Tensors.isContiguous(values)
        && values.dataType() == DataType.FLOAT) {
      read(values);
    } else {
      try (INDArray floats = Nd4j.create(DataType.FLOAT, values.shape(), 'c')) {
        read(floats.assign(values));
      }
    }
    return SignalStatistics.of(elements, count);
  }

  /** Copies at once what {@code DataBuffer.asFloat} copies one by one. */
  private void read(INDArray values) {
    Nd4j.getAffinityManager().ensureLocation(values, AffinityManager.Location.HOST);
    FloatBuffer buffer = values.data().asNioFloat();
    buffer.get(elements, 0, Math.toIntExact(values.length()));
  }

  private double norm(INDArray values) {
    // In double precision: squares of vanished gradients are 0 in float32.
    return statistics(values).norm();
  }
}
