/**
 * Kernels of ND4J's own operations: the GPU's, where they reach cuDNN, and the CPU's where oneDNN
 * does not load.
 */
package org.isonorm.network.kernel.nd4j;
