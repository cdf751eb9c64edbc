/**
 * Networks as DL4J graphs over the fast layers of {@code org.isonorm.network.layer}: definitions by
 * name, a graph's topology, its initialization by a plan, and the local training step.
 *
 * <p>Before this stage stand the initialization rules of {@code org.isonorm.init}; after it the
 * trainer, which moves the flat parameters between workers.
 */
package org.isonorm.network;
