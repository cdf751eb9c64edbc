/**
 * Networks by name as DL4J graphs over the fast layers, and the topology that initialization plans
 * are made from. {@link org.isonorm.network.definition.NetworkDefinition} says which network,
 * {@link org.isonorm.network.definition.Networks} builds it; a family's own class draws it.
 *
 * <p>Before it: {@code org.isonorm.network.layer}. After it: {@code org.isonorm.network.graph}
 * fills a built graph and {@code org.isonorm.network.step} trains it.
 */
package org.isonorm.network.definition;
