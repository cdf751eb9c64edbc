package org.isonorm.network.kernel.vector;

import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.onednn.OneDnn;

/**
 * A 3×3 convolution of bfloat16 activations at stride 1 as products of whole matrices, in whose
 * rows stand the pixels that an output pixel sees (im2col; Chellapilla, Puri and Simard 2006), by
 * oneDNN's matrix multiplication. Sums are float32.
 */
public final class ColumnConvolution extends CorrelationConvolution {
  /** Channels below which copying a pixel's neighbours takes longer than multiplying them. */
  private static final int LEAST_CHANNELS = 128;

  /** Pixels of an image above which direct convolutions find enough to do in its rows. */
  private static final int MOST_PIXELS = 16;

  /** The same for the weights' gradients, which direct convolutions sum up image by image. */
  private static final int MOST_PIXELS_FOR_WEIGHTS = 64;

  private final ConvolutionShape shape;
  private final boolean relu;
  private final int threads;

  /**
   * Prepares nothing yet.
   *
   * @param relu whether max(0, ·) follows the forward pass
   * @param threads how many share the work; a number has results of its own, to the last bit
   */
  public ColumnConvolution(ConvolutionShape shape, boolean relu, int threads) {
    super(shape, Precision.BFLOAT16);
    this.shape = shape;
    this.relu = relu;
    this.threads = threads;
  }

  /** Whether this can compute convolutions of the shape. */
  static boolean supports(ConvolutionShape shape) {
    long largest =
        Math.max(Math.max(shape.inputLength(), shape.outputLength()), shape.weightsLength());
    return Correlation.describes(shape)
        && shape.in() % ColumnCorrelation.CHANNELS == 0
        && shape.out() % ColumnCorrelation.CHANNELS == 0
        && largest * Float.BYTES < Integer.MAX_VALUE;
  }

  /**
   * Whether this computes outputs and input gradients faster than a direct convolution, on
   * processors with matrix registers (AMX).
   */
  public static boolean pays(ConvolutionShape shape) {
    return isWithin(shape, MOST_PIXELS);
  }

  /** The same for the weights' gradients. */
  public static boolean paysForWeights(ConvolutionShape shape) {
    return isWithin(shape, MOST_PIXELS_FOR_WEIGHTS);
  }

  private static boolean isWithin(ConvolutionShape shape, int pixels) {
    return supports(shape)
        && Math.min(shape.in(), shape.out()) >= LEAST_CHANNELS
        && shape.outHeight() * shape.outWidth() <= pixels;
  }

  @Override
  CorrelationPass forward(OneDnn.Resources owner, Correlation correlation) {
    return new ColumnCorrelation(owner, correlation, false, shape.bias(), relu, threads);
  }

  @Override
  CorrelationPass inputGradient(OneDnn.Resources owner, Correlation correlation) {
    return new ColumnCorrelation(owner, correlation, true, false, false, threads);
  }

  @Override
  WeightsGradientPass weightsGradient(OneDnn.Resources owner, Correlation correlation) {
    return new ColumnWeightsGradient(owner, correlation, shape.bias(), threads);
  }
}
