package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * multiplier · x + bias of every element, where multiplier and bias are one number each (Zhang,
 * Dauphin and Ma 2019), over arrays of one length: float, contiguous, same element order. Where
 * there is no multiplier, null stands for it and for its gradient, and the gradient of the input is
 * that of the output.
 */
public interface ScalarAffineKernel extends Kernel {

  /** Writes multiplier · input + bias. */
  void forward(INDArray input, INDArray multiplier, INDArray bias, INDArray output);

  /**
   * Writes the gradients, those of multiplier and bias summed over all elements.
   *
   * @param inputGradient neither input nor outputGradient; null without multiplier
   */
  void backward(
      INDArray input,
      INDArray multiplier,
      INDArray outputGradient,
      INDArray inputGradient,
      INDArray multiplierGradient,
      INDArray biasGradient);
}
