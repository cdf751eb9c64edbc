package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A convolution that finds its two gradients one after the other. */
public interface SeparableConvolutionKernel extends ConvolutionKernel {

  /** Writes the gradient with respect to the input. */
  void inputGradient(INDArray weights, INDArray outputGradient, INDArray inputGradient);

  /**
   * Writes the gradients with respect to the weights and the bias.
   *
   * @param biasGradient null when the shape has none
   */
  void weightsGradient(
      INDArray input, INDArray outputGradient, INDArray weightsGradient, INDArray biasGradient);

  @Override
  default void backward(
      INDArray input,
      INDArray weights,
      INDArray outputGradient,
      INDArray inputGradient,
      INDArray weightsGradient,
      INDArray biasGradient) {
    if (inputGradient != null) {
      inputGradient(weights, outputGradient, inputGradient);
    }
    if (weightsGradient != null) {
      weightsGradient(input, outputGradient, weightsGradient, biasGradient);
    }
  }
}
