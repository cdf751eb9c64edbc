/**
 * The mathematics of initialization, on the JDK alone: shapes and fans, variance rules,
 * distributions, named seed streams, and the plan that says how each layer of a network starts.
 *
 * <p>Before this stage: a network's definition, described as a {@link
 * org.isonorm.init.NetworkTopology}. After it: the graph whose parameters are drawn by an {@link
 * org.isonorm.init.InitializationPlan}.
 *
 * <p>Formulas use the symbols of Zhang et al. 2022, "Necessary conditions for convergence of CNNs
 * and initialization of convolution kernels": n is the fan-in, m the fan-out, γ the free constant
 * of the batch-normalization rule, here always called {@code initGamma} (or {@code init-gamma})
 * because plain "gamma" also names the scale of batch normalization.
 */
package org.isonorm.init;
