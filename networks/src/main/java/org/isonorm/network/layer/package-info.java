/**
 * DL4J layers that compute through {@link org.isonorm.network.kernel.Kernels}: convolution, batch
 * normalization fused with ReLU, and the fused end of a residual block. Their configurations extend
 * DL4J's own, are JSON- and Java-serializable, and keep DL4J's flat parameter layout, so
 * ModelSerializer and SparkComputationGraph treat them like any other layer. Activations are float,
 * NHWC. Used by {@code org.isonorm.network}, which builds the graphs.
 */
package org.isonorm.network.layer;
