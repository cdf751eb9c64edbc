/**
 * A network compiled for one batch size: the graph's layers as a list of kernel calls, forward and
 * backward, on arrays whose places in memory are planned once. Follows the graph and its parameters
 * from {@code org.isonorm.network}; its gradients go to the optimizer.
 */
package org.isonorm.network.plan;
