/**
 * The arithmetic of the fast layers behind one interface, {@link
 * org.isonorm.network.kernel.Kernels}, with three implementations: plain Java (the oracle), oneDNN
 * (CPU) and ND4J's own operations (every other backend, CUDA first). {@link
 * org.isonorm.network.kernel.provider.KernelProvider} picks one and says why. Used by {@code
 * org.isonorm.network.layer}; the only package that touches native bindings.
 */
package org.isonorm.network.kernel;
