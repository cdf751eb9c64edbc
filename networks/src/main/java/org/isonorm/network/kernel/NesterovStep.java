package org.isonorm.network.kernel;

/**
 * The settings of one step of stochastic gradient descent with momentum (Sutskever et al. 2013, in
 * the form whose velocity is not scaled by the learning rate, so that the rate may change from step
 * to step):
 *
 * <pre>
 * g' = gradientScale · g + weightDecay · w
 * V  = momentum · V + g'
 * w −= learningRate · (g' + momentum · V)   with nesterov
 * w −= learningRate · V                     without
 * </pre>
 *
 * @param gradientScale 1 / batch where gradients are sums over the batch
 */
public record NesterovStep(
    float learningRate, float momentum, float weightDecay, float gradientScale, boolean nesterov) {}
