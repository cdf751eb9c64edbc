/**
 * The flat parameters of a graph: where each layer's lie and what kind they are. Used by the
 * definitions and the training step.
 */
package org.isonorm.network.parameters;
