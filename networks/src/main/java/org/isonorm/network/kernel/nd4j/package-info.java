/** Kernels of ND4J's own operations: the GPU path, and the CPU's where oneDNN does not load. */
package org.isonorm.network.kernel.nd4j;
