package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A convolution as {@link ConvolutionKernel} has it, forward alone, with max(0, ·) where asked. */
public interface InferenceConvolutionKernel extends Kernel {

  /**
   * Writes the output, or adds to it where the kernel is one that accumulates.
   *
   * @param bias null when the shape has none
   */
  void forward(INDArray input, INDArray weights, INDArray bias, INDArray output);
}
