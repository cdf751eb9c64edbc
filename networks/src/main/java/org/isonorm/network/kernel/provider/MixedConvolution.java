package org.isonorm.network.kernel.provider;

import org.isonorm.network.kernel.SeparableConvolutionKernel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A convolution whose weights' gradient another kernel computes than the rest. */
final class MixedConvolution implements SeparableConvolutionKernel {
  private final SeparableConvolutionKernel correlations;
  private final SeparableConvolutionKernel weights;

  /**
   * Takes both over.
   *
   * @param correlations for the output and the input's gradient
   * @param weights for the gradients of weights and bias
   */
  MixedConvolution(SeparableConvolutionKernel correlations, SeparableConvolutionKernel weights) {
    this.correlations = correlations;
    this.weights = weights;
  }

  @Override
  public void forward(INDArray input, INDArray kernel, INDArray bias, INDArray output) {
    correlations.forward(input, kernel, bias, output);
  }

  @Override
  public void inputGradient(INDArray kernel, INDArray outputGradient, INDArray gradient) {
    correlations.inputGradient(kernel, outputGradient, gradient);
  }

  @Override
  public void weightsGradient(
      INDArray input, INDArray outputGradient, INDArray gradient, INDArray biasGradient) {
    weights.weightsGradient(input, outputGradient, gradient, biasGradient);
  }

  @Override
  public void close() {
    correlations.close();
    weights.close();
  }
}
