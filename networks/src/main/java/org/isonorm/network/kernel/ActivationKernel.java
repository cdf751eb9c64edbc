package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An activation function φ of every element, over arrays of one length: float, contiguous, same
 * element order.
 */
public interface ActivationKernel extends Kernel {

  /** Writes φ(input). */
  void forward(INDArray input, INDArray output);

  /**
   * Writes outputGradient · φ'(input); at a kink, the slope of either side.
   *
   * @param inputGradient may be outputGradient
   */
  void backward(INDArray input, INDArray outputGradient, INDArray inputGradient);
}
