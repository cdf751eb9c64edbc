package org.isonorm.network;

import org.isonorm.init.LayerInitialization;
import org.isonorm.init.RealizedStatistics;

/**
 * What a layer's weights were asked to be and what was drawn.
 *
 * @param initialization the plan of the layer
 * @param statistics of the weights in the graph
 */
public record RealizedLayer(LayerInitialization initialization, RealizedStatistics statistics) {}
