package org.isonorm.network.graph;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.isonorm.init.LayerInitialization;
import org.isonorm.init.RealizedStatistics;

/**
 * What a layer's weights were asked to be and what was drawn.
 *
 * @param initialization the plan of the layer
 * @param statistics of the weights in the graph
 */
public record RealizedLayer(LayerInitialization initialization, RealizedStatistics statistics) {

  /** A layer of a plan with the weights that a graph has for it now. */
  public static RealizedLayer of(LayerInitialization initialization, ComputationGraph graph) {
    return new RealizedLayer(
        initialization,
        RealizedStatistics.of(
            graph
                .getLayer(initialization.layer().name())
                .getParam(DefaultParamInitializer.WEIGHT_KEY)
                .dup('c')
                .data()
                .asFloat()));
  }
}
