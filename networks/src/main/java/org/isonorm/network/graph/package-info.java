/**
 * What is done with a built graph: initialization by a plan, realized statistics, activations and
 * norms of its layers.
 */
package org.isonorm.network.graph;
