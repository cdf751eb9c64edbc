package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Batch normalization (Ioffe and Szegedy, 2015) of one {@link BatchNormalizationShape}: y = scale ·
 * (x − mean) / √(variance + ε) + shift, then max(0, y) where the shape says so. Every array is
 * float and contiguous in C order: activations [batch, height, width, channels], all else
 * [channels]. Variances are biased (divided by the count).
 */
public interface BatchNormalizationKernel extends Kernel {

  /**
   * Normalizes by the batch's own statistics and writes them; remembers which outputs ReLU let
   * through for {@link #backward}, in its own way: the output need not last until then. Where an
   * input is not finite, some output is not finite either.
   */
  void forwardTraining(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray output,
      INDArray mean,
      INDArray variance);

  /**
   * Writes the gradients of the last {@link #forwardTraining}, through mean and variance too.
   *
   * @param mean the batch's mean as written by the forward pass
   * @param variance the batch's variance as written by the forward pass
   * @param inputGradient may be outputGradient
   */
  void backward(
      INDArray input,
      INDArray outputGradient,
      INDArray scale,
      INDArray mean,
      INDArray variance,
      INDArray inputGradient,
      INDArray scaleGradient,
      INDArray shiftGradient);

  /** Normalizes by given (running) statistics; leaves the state of a training pass alone. */
  void forwardInference(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray mean,
      INDArray variance,
      INDArray output);
}
