package org.isonorm.network.plan;

import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A convolution and the batch normalization behind it as one: with s = scale / √(variance + ε) the
 * weights are s · w and the bias is shift + s · (bias − mean).
 */
final class FoldedConvolution {
  private final InferenceConvolutionKernel kernel;
  private final Place input;
  private final Place output;
  private final INDArray weights;
  private final INDArray bias;
  private final INDArray scale;
  private final INDArray shift;
  private final INDArray mean;
  private final INDArray variance;
  private final double epsilon;
  private final INDArray foldedWeights;
  private final INDArray foldedBias;

  /**
   * Folds nothing yet.
   *
   * @param weights [out, in / groups, height, width]
   * @param bias null where the convolution has none
   */
  FoldedConvolution(
      InferenceConvolutionKernel kernel,
      Place input,
      Place output,
      INDArray weights,
      INDArray bias,
      INDArray scale,
      INDArray shift,
      INDArray mean,
      INDArray variance,
      double epsilon) {
    this.kernel = kernel;
    this.input = input;
    this.output = output;
    this.weights = weights;
    this.bias = bias;
    this.scale = scale;
    this.shift = shift;
    this.mean = mean;
    this.variance = variance;
    this.epsilon = epsilon;
    this.foldedWeights = weights.ulike();
    this.foldedBias = row(shift).ulike();
  }

  /** Takes the parameters as they are now. */
  void fold() {
    INDArray factor = row(scale).div(Transforms.sqrt(row(variance).add(epsilon)));
    long out = weights.size(0);
    foldedWeights.assign(weights);
    foldedWeights.reshape('c', out, weights.length() / out).muliColumnVector(factor);
    INDArray offset = bias == null ? row(mean).neg() : row(bias).sub(row(mean));
    foldedBias.assign(offset.muli(factor).addi(row(shift)));
  }

  private static INDArray row(INDArray parameter) {
    return parameter.reshape(parameter.length());
  }

  void forward() {
    kernel.forward(input.array(), foldedWeights, foldedBias, output.array());
  }
}
