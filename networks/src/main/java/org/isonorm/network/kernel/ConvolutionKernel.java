package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution (cross-correlation) of one {@link ConvolutionShape}. Every array is float and
 * contiguous in C order: activations and their gradients [batch, height, width, channels], weights
 * [out, in / groups, kernelHeight, kernelWidth], bias [out].
 */
public interface ConvolutionKernel extends Kernel {

  /**
   * Writes the output.
   *
   * @param bias null when the shape has none
   */
  void forward(INDArray input, INDArray weights, INDArray bias, INDArray output);

  /** Writes the gradient with respect to the input. */
  void inputGradient(INDArray outputGradient, INDArray weights, INDArray inputGradient);

  /**
   * Writes the gradients with respect to the weights and the bias, summed over the batch.
   *
   * @param biasGradient null when the shape has none
   */
  void weightsGradient(
      INDArray input, INDArray outputGradient, INDArray weightsGradient, INDArray biasGradient);
}
