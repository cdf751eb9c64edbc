/**
 * Networks by name as DL4J graphs over the fast layers, and the topology that initialization plans
 * are made from. Before it stand the layers; after it {@code org.isonorm.network.graph} fills a
 * graph and {@code org.isonorm.network.step} trains it.
 */
package org.isonorm.network.definition;
