/**
 * Convolutions in Java's vector instructions around oneDNN's matrix products: Winograd's minimal
 * filtering and im2col.
 */
package org.isonorm.network.kernel.vector;
