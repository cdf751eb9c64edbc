package org.isonorm.network.kernel.vector;

/**
 * A way to compute the gradients of a convolution's weights and bias, whose primitives are
 * prepared; arguments are addresses.
 */
interface WeightsGradientPass {

  /**
   * Writes the gradients.
   *
   * @param biasGradient 0 where there is none
   */
  void run(long input, long outputGradient, long weightsGradient, long biasGradient);
}
