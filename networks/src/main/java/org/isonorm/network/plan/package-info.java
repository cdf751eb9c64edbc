/**
 * A network compiled for one batch size: the graph's layers as a list of kernel calls, forward and
 * backward, on arrays whose places in memory are planned once. Reads a graph and its parameters,
 * and writes gradients.
 *
 * <p>Before it: {@code org.isonorm.network.layer}. After it: {@code org.isonorm.network.step},
 * which keeps plans and moves the parameters.
 */
package org.isonorm.network.plan;
