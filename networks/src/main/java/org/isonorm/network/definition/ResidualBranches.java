package org.isonorm.network.definition;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.isonorm.init.ResidualBranch;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;
import org.isonorm.network.layer.ScalarAffine;

/** Finds the residual branches of a configuration; an addition's first input is the branch. */
final class ResidualBranches {
  private final Map<String, GraphVertex> vertices;
  private final Map<String, List<String>> inputs;

  private ResidualBranches(ComputationGraphConfiguration configuration) {
    vertices = configuration.getVertices();
    inputs = configuration.getVertexInputs();
  }

  /** The branches in forward order. */
  static List<ResidualBranch> of(ComputationGraphConfiguration configuration) {
    ResidualBranches graph = new ResidualBranches(configuration);
    List<ResidualBranch> branches = new ArrayList<>();
    for (Map.Entry<String, GraphVertex> vertex : graph.vertices.entrySet()) {
      if (vertex.getValue() instanceof AddRelu || vertex.getValue() instanceof Add) {
        List<String> summands = graph.inputs.get(vertex.getKey());
        branches.add(graph.branch(summands.get(0), summands.get(1)));
      }
    }
    return branches;
  }

  private ResidualBranch branch(String end, String shortcut) {
    Set<String> shared = new HashSet<>();
    for (String vertex = shortcut; vertex != null; vertex = before(vertex)) {
      shared.add(vertex);
    }
    List<String> convolutions = new LinkedList<>();
    for (String vertex = end; vertex != null && !shared.contains(vertex); vertex = before(vertex)) {
      if (layer(vertex) instanceof ConvolutionLayer) {
        convolutions.add(0, vertex);
      }
    }
    return new ResidualBranch(
        convolutions,
        layer(end) instanceof BatchNormalization ? Optional.of(end) : Optional.empty(),
        layer(end) instanceof ScalarAffine scalars && scalars.isMultiplied());
  }

  /** The first input of a vertex, null of the network's. */
  private String before(String vertex) {
    List<String> sources = inputs.get(vertex);
    return sources == null ? null : sources.get(0);
  }

  /** The layer of a vertex, null of one that is none. */
  private Layer layer(String vertex) {
    return vertices.get(vertex) instanceof LayerVertex layer
        ? layer.getLayerConf().getLayer()
        : null;
  }
}
