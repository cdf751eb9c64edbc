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

  /**
   * Writes the gradients with respect to the input, the weights and the bias, the latter two summed
   * over the batch.
   *
   * @param inputGradient null where nobody reads it
   * @param weightsGradient null where weights and bias are not trained
   * @param biasGradient null when the shape has none, or weights and bias are not trained
   */
  void backward(
      INDArray input,
      INDArray weights,
      INDArray outputGradient,
      INDArray inputGradient,
      INDArray weightsGradient,
      INDArray biasGradient);
}
