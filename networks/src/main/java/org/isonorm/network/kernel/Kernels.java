package org.isonorm.network.kernel;

import java.util.Locale;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One way to do the arithmetic of the fast layers. Implementations are stateless and safe to share
 * between threads; the kernels they make are not (see {@link Kernel}). Every array is a float
 * INDArray, activations in NHWC; activations and their gradients are of another type where {@link
 * #withPrecision} says so.
 */
public interface Kernels {

  /** The name by which the property {@code isonorm.kernel} chooses it. */
  String name();

  ConvolutionKernel convolution(ConvolutionShape shape);

  /**
   * A convolution that never goes backward.
   *
   * @param relu whether max(0, ·) follows in the same pass
   */
  InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu);

  /**
   * The same of a residual block's last convolution, which adds to what its output holds; empty
   * where an addition of its own is as fast.
   *
   * @param relu whether max(0, ·) follows the addition
   */
  default Optional<InferenceConvolutionKernel> accumulatingConvolution(
      ConvolutionShape shape, boolean relu) {
    return Optional.empty();
  }

  /**
   * A 1×1 convolution of normalized and rectified inputs in one pass; empty where there is none
   * that is faster than its parts one after the other.
   */
  default Optional<PreactivatedConvolutionKernel> preactivatedConvolution(
      PreactivatedConvolutionShape shape) {
    return Optional.empty();
  }

  BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape);

  /**
   * A fused residual addition and ReLU.
   *
   * @param length number of elements of each array
   */
  AddReluKernel addRelu(long length);

  /**
   * An addition.
   *
   * @param length number of elements of each array
   */
  AddKernel add(long length);

  ActivationKernel activation(ActivationShape shape);

  /**
   * A multiplier and a bias, one number each.
   *
   * @param length number of elements of each array
   * @param multiplied whether there is a multiplier
   */
  ScalarAffineKernel scalarAffine(long length, boolean multiplied);

  PoolingKernel pooling(PoolingShape shape);

  ConcatenationKernel concatenation(ConcatenationShape shape);

  SubsampleKernel subsample(SubsampleShape shape);

  /** A linear classifier with softmax and cross-entropy; computed by ND4J and in Java here. */
  default ClassifierKernel classifier() {
    return new SoftmaxClassifier();
  }

  /**
   * One optimizer step, in a single pass, on the elements [from, to) of three flat vectors of equal
   * length: updates parameters and velocity, reads the gradient.
   */
  void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step);

  /**
   * One optimizer step, in a single pass, on the elements [from, to) of four flat vectors of equal
   * length: updates parameters and both moments, reads the gradient.
   *
   * @param velocity the first moments
   */
  void adamW(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      INDArray secondMoments,
      long from,
      long to,
      AdamWStep step);

  /**
   * Subtracts the gradient from the parameters on [from, to): how running statistics move (see
   * {@link #statisticsGradient}).
   */
  void subtract(INDArray parameters, INDArray gradient, long from, long to);

  /**
   * The Euclidean norms of units of equal length that follow one another on [from, to) of a flat
   * vector.
   */
  double[] unitNorms(INDArray vector, long from, long to, int units);

  /** The inner products of such units of two flat vectors of equal length. */
  double[] unitDots(INDArray a, INDArray b, long from, long to, int units);

  /** Multiplies every such unit by its factor. */
  void scaleUnits(INDArray vector, long from, long to, float[] factors);

  /**
   * Writes (running − batch) · rate: the "gradient" whose subtraction moves a running statistic
   * towards the batch's by the rate.
   */
  void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient);

  /**
   * Kernels whose activations and their gradients have another format; all else stays float.
   *
   * @throws UnsupportedOperationException if there are none of that precision
   */
  default Kernels withPrecision(Precision precision) {
    if (precision == Precision.FLOAT32) {
      return this;
    }
    throw new UnsupportedOperationException(
        String.format(
            Locale.ROOT,
            "Unsupported precision: %s (the %s kernels compute in float32; choose"
                + " training.precision = float32)",
            precision.label(),
            name()));
  }
}
