package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every stride-th pixel with zero channels appended, as a {@link SubsampleShape} says. Every array
 * is contiguous in C order, [batch, height, width, channels].
 */
public interface SubsampleKernel extends Kernel {

  void forward(INDArray input, INDArray output);

  /** Writes the gradient, 0 where a pixel was left out. */
  void backward(INDArray outputGradient, INDArray inputGradient);
}
