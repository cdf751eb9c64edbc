package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The end of a residual block, max(0, a + b), over arrays of one length: float, contiguous, same
 * element order.
 */
public interface AddReluKernel extends Kernel {

  /** Writes max(0, a + b). */
  void forward(INDArray a, INDArray b, INDArray output);

  /**
   * Writes the gradient, which is the same for both inputs: the output's gradient where the output
   * is positive, else 0.
   *
   * @param inputGradient may be outputGradient
   */
  void backward(INDArray output, INDArray outputGradient, INDArray inputGradient);
}
