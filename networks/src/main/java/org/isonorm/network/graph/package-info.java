/**
 * A built graph and the mathematics of init-lib: {@link org.isonorm.network.graph.GraphInitializer}
 * draws its parameters by a plan and reports what was realized, {@link
 * org.isonorm.network.graph.GraphActivations} is the oracle of layers' outputs, and {@link
 * org.isonorm.network.graph.NormProbe} follows the norms of signals and gradients through a graph.
 *
 * <p>Before it: {@code org.isonorm.network.definition}. After it: {@code
 * org.isonorm.network.tuning} and {@code org.isonorm.network.step}.
 */
package org.isonorm.network.graph;
