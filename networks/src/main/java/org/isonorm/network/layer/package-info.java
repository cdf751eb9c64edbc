/**
 * DL4J layers and vertices that leave their arithmetic to {@link
 * org.isonorm.network.kernel.Kernels}: convolution, batch normalization fused with ReLU,
 * activations, pooling, scalars, the output layer, and the additions, concatenations and shortcuts
 * between them. Their configurations extend DL4J's own, are JSON- and Java-serializable, and keep
 * DL4J's flat parameter layout, so ModelSerializer and SparkComputationGraph treat them like any
 * other layer; saved models hold their class names, so they may not move. Activations are float,
 * NHWC.
 *
 * <p>Before it: {@code org.isonorm.network.kernel}. After it: {@code
 * org.isonorm.network.definition}, which builds graphs of them, and {@code
 * org.isonorm.network.plan}, which compiles those.
 */
package org.isonorm.network.layer;
