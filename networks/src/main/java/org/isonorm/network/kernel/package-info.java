/**
 * The arithmetic of the fast layers behind one interface, {@link
 * org.isonorm.network.kernel.Kernels}: a kind of kernel for each kind of layer, and the shape that
 * each is made for. Knows none of its implementations:
 *
 * <ul>
 *   <li>{@code reference}: plain Java, the oracle that the others are tested against;
 *   <li>{@code onednn}: oneDNN on the CPU, the only package with {@code vector} that calls it;
 *   <li>{@code vector}: convolutions in Java's vector instructions around oneDNN's products of
 *       matrices;
 *   <li>{@code nd4j}: ND4J's own operations, for every other backend, CUDA first;
 *   <li>{@code exact}: float64 and tangents, for second derivatives;
 *   <li>{@code provider}: puts oneDNN's kernels together from these and picks those of the process.
 * </ul>
 *
 * <p>Kernels are passed to what computes: to a training step, to inference, to a compiled plan or,
 * by {@code GraphKernels}, to the layers of a graph. What is given none takes the process's own.
 * Used by {@code org.isonorm.network.layer} and {@code org.isonorm.network.plan}.
 */
package org.isonorm.network.kernel;
