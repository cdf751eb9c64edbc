/**
 * Convolutions in Java's vector instructions around oneDNN's products of matrices: Winograd's
 * minimal filtering, columns (im2col) where the processor multiplies matrices in tiles, and 1×1
 * convolutions of what is normalized on the way in. Needs the module jdk.incubator.vector.
 */
package org.isonorm.network.kernel.vector;
