/** Kernels of oneDNN, with its engine, memory and threads. */
package org.isonorm.network.kernel.onednn;
