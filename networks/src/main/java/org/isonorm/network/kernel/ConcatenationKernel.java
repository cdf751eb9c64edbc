package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Concatenation over channels of one {@link ConcatenationShape}. Every array is float and
 * contiguous in C order, [batch, height, width, channels].
 */
public interface ConcatenationKernel extends Kernel {

  /** Writes the inputs' channels side by side. */
  void forward(INDArray[] inputs, INDArray output);

  /** Writes to each input's gradient its channels of the output's. */
  void backward(INDArray outputGradient, INDArray[] inputGradients);
}
