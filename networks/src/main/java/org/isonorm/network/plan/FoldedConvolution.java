package org.isonorm.network.plan;

import java.util.function.BiConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution and the batch normalization behind it as one: the weights are the normalization's
 * factor · w and the bias is factor · bias + offset.
 */
final class FoldedConvolution {
  private final BiConsumer<INDArray, INDArray> convolution;
  private final INDArray weights;
  private final INDArray bias;
  private final FoldedNormalization normalization;
  private final INDArray foldedWeights;
  private final INDArray foldedBias;

  /**
   * Folds nothing yet.
   *
   * @param convolution convolves by weights and a bias
   * @param weights [out, in / groups, height, width]
   * @param bias null where the convolution has none
   */
  FoldedConvolution(
      BiConsumer<INDArray, INDArray> convolution,
      INDArray weights,
      INDArray bias,
      FoldedNormalization normalization) {
    this.convolution = convolution;
    this.weights = weights;
    this.bias = bias;
    this.normalization = normalization;
    this.foldedWeights = weights.ulike();
    this.foldedBias = normalization.offset().ulike();
  }

  /** Takes the parameters as they are now. */
  void fold() {
    normalization.fold();
    INDArray factor = normalization.factor();
    long out = weights.size(0);
    foldedWeights.assign(weights);
    foldedWeights.reshape('c', out, weights.length() / out).muliColumnVector(factor);
    foldedBias.assign(normalization.offset());
    if (bias != null) {
      foldedBias.addi(bias.reshape(bias.length()).mul(factor));
    }
  }

  void forward() {
    convolution.accept(foldedWeights, foldedBias);
  }
}
