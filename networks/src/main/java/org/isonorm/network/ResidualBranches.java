package org.isonorm.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.isonorm.network.layer.Add;
import org.isonorm.network.layer.AddRelu;

/** Finds what closes the residual branches of a graph. */
final class ResidualBranches {
  private ResidualBranches() {}

  /**
   * The batch normalizations that are the last layer of a branch which is added to a shortcut, in
   * forward order; an addition's first input is the branch. A pre-activation block has none: the
   * scale of a normalization before its last ReLU and convolution must not start at 0, since no
   * gradient would ever pass that ReLU.
   */
  static List<String> lastScales(ComputationGraphConfiguration configuration) {
    List<String> scales = new ArrayList<>();
    for (Map.Entry<String, GraphVertex> vertex : configuration.getVertices().entrySet()) {
      if (vertex.getValue() instanceof AddRelu || vertex.getValue() instanceof Add) {
        String branch = configuration.getVertexInputs().get(vertex.getKey()).get(0);
        if (configuration.getVertices().get(branch) instanceof LayerVertex layer
            && layer.getLayerConf().getLayer() instanceof BatchNormalization) {
          scales.add(branch);
        }
      }
    }
    return scales;
  }
}
