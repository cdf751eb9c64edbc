/**
 * The flat parameters of a graph: where each layer's lie, what kind they are, and which belong
 * together. Used by {@code org.isonorm.network.definition}, {@code org.isonorm.network.step} and
 * what exchanges parameters.
 */
package org.isonorm.network.parameters;
