package org.isonorm.network.graph;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.init.ActivationOracle;
import org.isonorm.init.LayerTopology;
import org.isonorm.init.RealizedStatistics;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The outputs of the layers of a graph of {@link Networks#build(NetworkDefinition)} on one batch,
 * in training mode. Goes forward once as long as it is asked for one layer after the other, since
 * what does not depend on the scales that changed stays. Until it is closed the graph's weights are
 * those last asked for. Not for several threads.
 */
public final class GraphActivations implements ActivationOracle, AutoCloseable {
  private final ComputationGraph graph;
  private final List<String> layers;
  private final INDArray features;
  private final Map<String, INDArray> start = new HashMap<>();
  private final Map<Integer, INDArray> outputs = new HashMap<>();
  private final int[] order;

  /** Vertices of the order whose outputs are there or not needed any more. */
  private int done;

  private double[] scalesDone;

  private GraphActivations(ComputationGraph graph, INDArray features) {
    this.graph = graph;
    this.features = features;
    this.layers =
        Networks.topology("graph", graph).layers().stream().map(LayerTopology::name).toList();
    this.order = graph.topologicalSortOrder();
    this.scalesDone = new double[layers.size()];
    for (String layer : layers) {
      start.put(layer, weights(layer).dup());
    }
  }

  /** Activations of a graph on a batch of images [examples, height, width, channels]. */
  public static GraphActivations of(ComputationGraph graph, INDArray features) {
    return new GraphActivations(graph, features);
  }

  @Override
  public List<String> layers() {
    return layers;
  }

  @Override
  public double outputStandardDeviation(int layer, double[] scales) {
    if (!Arrays.equals(scales, 0, layer, scalesDone, 0, layer)) {
      outputs.clear();
      done = 0;
    }
    scalesDone = scales.clone();
    for (int i = 0; i <= layer; i++) {
      weights(layers.get(i)).assign(start.get(layers.get(i)).mul(scales[i]));
    }
    GraphVertex asked = graph.getVertex(layers.get(layer));
    if (position(asked) < done) {
      outputs.clear();
      done = 0;
    }
    while (order[done] != asked.getVertexIndex()) {
      GraphVertex vertex = graph.getVertices()[order[done]];
      outputs.put(order[done], vertex.isInputVertex() ? features : forward(vertex));
      done++;
      outputs.keySet().removeIf(index -> !isNeeded(index));
    }
    INDArray output = asked.isOutputVertex() ? logits(asked) : forward(asked);
    return Math.sqrt(RealizedStatistics.of(output.dup('c').data().asFloat()).variance());
  }

  private INDArray weights(String layer) {
    return graph.getLayer(layer).getParam(DefaultParamInitializer.WEIGHT_KEY);
  }

  private int position(GraphVertex vertex) {
    int position = 0;
    while (order[position] != vertex.getVertexIndex()) {
      position++;
    }
    return position;
  }

  /** Whether a vertex that has not gone forward yet reads the output. */
  private boolean isNeeded(int index) {
    for (int i = done; i < order.length; i++) {
      for (VertexIndices source : sources(graph.getVertices()[order[i]])) {
        if (source.getVertexIndex() == index) {
          return true;
        }
      }
    }
    return false;
  }

  private static VertexIndices[] sources(GraphVertex vertex) {
    return vertex.isInputVertex() ? new VertexIndices[0] : vertex.getInputVertices();
  }

  private INDArray forward(GraphVertex vertex) {
    VertexIndices[] sources = vertex.getInputVertices();
    for (int i = 0; i < sources.length; i++) {
      vertex.setInput(
          i, outputs.get(sources[i].getVertexIndex()), LayerWorkspaceMgr.noWorkspaces());
    }
    INDArray output = vertex.doForward(true, LayerWorkspaceMgr.noWorkspaces());
    vertex.clear();
    return output;
  }

  private INDArray logits(GraphVertex classifier) {
    INDArray input = outputs.get(classifier.getInputVertices()[0].getVertexIndex());
    return Logits.of(classifier.getLayer(), input);
  }

  @Override
  public void close() {
    start.forEach((layer, weights) -> weights(layer).assign(weights));
    outputs.clear();
    done = 0;
  }
}
