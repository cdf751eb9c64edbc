/**
 * Kernels of oneDNN, the engine, memory and threads they share, and products of matrices and work
 * in Java on those same threads. Here alone, and in {@code vector}, are its bindings called.
 */
package org.isonorm.network.kernel.onednn;
