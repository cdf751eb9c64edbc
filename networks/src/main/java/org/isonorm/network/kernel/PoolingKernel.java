package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Pooling of one {@link PoolingShape}. Every array is float and contiguous in C order, [batch,
 * height, width, channels].
 */
public interface PoolingKernel extends Kernel {

  /** Writes the output; remembers where each maximum was for {@link #backward}. */
  void forwardTraining(INDArray input, INDArray output);

  /** Writes the output; leaves the state of a training pass alone. */
  void forwardInference(INDArray input, INDArray output);

  /**
   * Writes the gradient of the last {@link #forwardTraining}. The gradient of a maximum goes to one
   * element; to which one, where several are equal, is the kernel's choice.
   *
   * @param input as it was given to the forward pass
   */
  void backward(INDArray input, INDArray outputGradient, INDArray inputGradient);
}
