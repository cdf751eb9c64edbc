package org.isonorm.network.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.plan.Signals;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One forward and one backward pass in training mode through the vertices of any graph of one input
 * and one output, built here or not. Keeps no array longer than it has to: a deep network's
 * activations take gigabytes.
 */
final class VertexPass {
  private final ComputationGraph graph;
  private final GraphVertex[] vertices;
  private final Set<String> layers;
  private final Signals signals;

  /** Copies that vertices were given as inputs, by the vertex. */
  private final Map<String, List<INDArray>> inputs = new HashMap<>();

  /** Errors at outputs, until their vertices have passed them on. */
  private final Map<String, INDArray> pending = new HashMap<>();

  /**
   * A pass.
   *
   * @param graph whose gradients have their place
   * @param layers of which the signals are told
   */
  VertexPass(ComputationGraph graph, Set<String> layers, Signals signals) {
    this.graph = graph;
    this.vertices = graph.getVertices();
    this.layers = layers;
    this.signals = signals;
  }

  /** Passes a batch; parameters stay as they were. */
  void run(INDArray features, INDArray labels) {
    // Running statistics move with the batch only when a step is applied; DL4J's own layers of
    // batch normalization move theirs in the forward pass.
    INDArray parameters = graph.params().dup();
    try {
      graph.setInput(0, features); // where preprocessors look up the size of the batch
      forward(features);
      backward(labels);
    } finally {
      graph.params().assign(parameters);
      graph.clear();
      for (GraphVertex vertex : vertices) {
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
        signals.output(name, Logits.of(vertex.getLayer(), inputs.get(name).get(0)));
        pending.put(name, output);
      } else if (layers.contains(name)) {
        signals.output(name, output);
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
      if (layers.contains(name)) {
        signals.error(name, error);
      }
      if (!vertex.isOutputVertex()) {
        vertex.setEpsilon(error);
      }
      Pair<Gradient, INDArray[]> result =
          vertex.doBackward(false, LayerWorkspaceMgr.noWorkspaces());
      if (layers.contains(name)) {
        signals.weightsGradient(
            name, result.getFirst().getGradientFor(DefaultParamInitializer.WEIGHT_KEY));
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
}
