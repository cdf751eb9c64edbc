/**
 * Starts that are tuned on batches: the oracles that LSUV, MetaInit and GradInit ask of a graph.
 */
package org.isonorm.network.tuning;
