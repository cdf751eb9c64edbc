package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A 1×1 convolution of max(0, scale · input + shift) of one {@link PreactivatedConvolutionShape},
 * forward alone. Every array is float and contiguous in C order.
 */
public interface PreactivatedConvolutionKernel extends Kernel {

  /**
   * Writes the output.
   *
   * @param scale of every input channel
   * @param shift of every input channel
   * @param weights [out, in, 1, 1]
   * @param bias null when the shape has none
   */
  void forward(
      INDArray[] inputs,
      INDArray scale,
      INDArray shift,
      INDArray weights,
      INDArray bias,
      INDArray output);
}
