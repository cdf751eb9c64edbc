package org.isonorm.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
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
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One forward and one backward pass in training mode through the vertices of a graph, keeping what
 * {@link ComputationGraph} itself throws away: the error at the output of every layer. Takes any
 * graph of one input and one output, built here or not; changes no parameter.
 */
public final class NormProbe {
  private final ComputationGraph graph;
  private final GraphVertex[] vertices;
  private final Map<String, INDArray> activations = new HashMap<>();
  private final Map<String, INDArray> errors = new HashMap<>();
  private final Map<String, Gradient> gradients = new HashMap<>();

  private NormProbe(ComputationGraph graph) {
    this.graph = graph;
    this.vertices = graph.getVertices();
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
          "Invalid graph: %d inputs and %d outputs (must be one each)"
              .formatted(graph.getNumInputArrays(), graph.getNumOutputArrays()));
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
      INDArray output;
      if (vertex.isInputVertex()) {
        output = features;
      } else {
        output = vertex.doForward(true, LayerWorkspaceMgr.noWorkspaces());
        activations.put(vertex.getVertexName(), output);
      }
      VertexIndices[] consumers = vertex.getOutputVertices();
      for (int i = 0; consumers != null && i < consumers.length; i++) {
        // A copy, since layers of DL4J may work in place.
        vertices[consumers[i].getVertexIndex()].setInput(
            consumers[i].getVertexEdgeNumber(), output.dup('c'), LayerWorkspaceMgr.noWorkspaces());
      }
    }
  }

  private void backward(INDArray labels) {
    int[] order = graph.topologicalSortOrder();
    for (int i = order.length - 1; i >= 0; i--) {
      GraphVertex vertex = vertices[order[i]];
      if (vertex.isInputVertex()) {
        continue;
      }
      if (vertex.isOutputVertex()) {
        ((IOutputLayer) vertex.getLayer()).setLabels(labels);
      } else {
        INDArray error = errors.get(vertex.getVertexName());
        if (error == null) {
          continue; // a layer that asks for no gradient of its input
        }
        vertex.setEpsilon(error.dup('c'));
      }
      Pair<Gradient, INDArray[]> result =
          vertex.doBackward(false, LayerWorkspaceMgr.noWorkspaces());
      if (result.getFirst() != null) {
        gradients.put(vertex.getVertexName(), result.getFirst());
      }
      distribute(vertex, result.getSecond());
    }
  }

  private void distribute(GraphVertex vertex, INDArray[] inputErrors) {
    VertexIndices[] producers = vertex.getInputVertices();
    for (int i = 0; i < producers.length; i++) {
      INDArray error = inputErrors == null || i >= inputErrors.length ? null : inputErrors[i];
      if (error != null) {
        errors.merge(
            vertices[producers[i].getVertexIndex()].getVertexName(), error.dup('c'), INDArray::add);
      }
    }
  }

  private NormPropagation propagation(INDArray features) {
    double examples = features.size(0);
    List<LayerSignals> layers = new ArrayList<>();
    for (LayerTopology layer : Networks.topology("graph", graph).layers()) {
      String name = layer.name();
      GraphVertex vertex = graph.getVertex(name);
      Layer runtime = vertex.getLayer();
      INDArray weights = runtime.getParam(DefaultParamInitializer.WEIGHT_KEY);
      INDArray gradient = gradients.get(name).getGradientFor(DefaultParamInitializer.WEIGHT_KEY);
      boolean output = vertex.isOutputVertex();
      layers.add(
          new LayerSignals(
              name,
              layer.shape().out(),
              statistics(output ? logits(vertex) : activations.get(name)),
              // DL4J sums gradients over the batch; the error is of the mean loss.
              statistics((output ? logitError(vertex) : errors.get(name)).div(examples)),
              norm(weights),
              norm(gradient) / examples));
    }
    return new NormPropagation(layers, statistics(features));
  }

  private INDArray labelsOf(GraphVertex vertex) {
    return ((IOutputLayer) vertex.getLayer()).getLabels();
  }

  /** The error of softmax and cross-entropy at their input: probabilities less labels. */
  private INDArray logitError(GraphVertex vertex) {
    return activations.get(vertex.getVertexName()).sub(labelsOf(vertex));
  }

  private INDArray logits(GraphVertex vertex) {
    String producer = vertices[vertex.getInputVertices()[0].getVertexIndex()].getVertexName();
    return Logits.of(vertex.getLayer(), activations.get(producer));
  }

  private static SignalStatistics statistics(INDArray values) {
    return SignalStatistics.of(values.dup('c').data().asFloat());
  }

  private static double norm(INDArray values) {
    // In double precision: squares of vanished gradients are 0 in float32.
    return statistics(values).norm();
  }
}
