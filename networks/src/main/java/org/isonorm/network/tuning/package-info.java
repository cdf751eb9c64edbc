/**
 * Starts that are tuned on batches: {@link org.isonorm.network.tuning.GraphTuner} runs init-lib's
 * LSUV, MetaInit and GradInit on a graph, and {@link org.isonorm.network.tuning.GraphGradients}
 * answers what they ask of it, by the step that trains it.
 *
 * <p>Before it: {@code org.isonorm.network.graph} and {@code org.isonorm.network.plan}. After it:
 * training.
 */
package org.isonorm.network.tuning;
