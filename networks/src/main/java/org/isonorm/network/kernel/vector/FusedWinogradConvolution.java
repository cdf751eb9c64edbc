package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.CHUNK;
import static org.isonorm.network.kernel.vector.FusedLayout.LANE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.OUTPUTS;

import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.onednn.OneDnn;

/**
 * A 3×3 convolution of few channels at stride 1 by Winograd's F(4×4, 3×3) (Winograd 1980; Lavin and
 * Gray 2016), whose maps and products are fused. Weights are mapped when they change. For AVX2:
 * sums fill its sixteen registers.
 *
 * <p>An output is the same to the last bit whatever else is in the batch, and however many threads
 * share it.
 */
public final class FusedWinogradConvolution extends CorrelationConvolution {
  /** Channels above which the products are better left to oneDNN: {@link WinogradConvolution}. */
  private static final int MOST_CHANNELS = 64;

  /** Channels below which most of a register or of a chunk of channels would be empty. */
  private static final int LEAST_CHANNELS = 12;

  /** Products of a tap below which the maps take longer than the multiplications they save. */
  private static final int LEAST_PRODUCTS = 16 * 16;

  /** Share of the tiles' pixels that must lie in images. */
  private static final double LEAST_FILLED = 0.75;

  /** The same of up to sixteen channels, which leave less to save. */
  private static final double LEAST_FILLED_OF_A_CHUNK = 0.8;

  private final boolean accumulates;
  private final boolean relu;
  private final int threads;

  /**
   * Prepares nothing yet.
   *
   * @param relu whether max(0, ·) follows the forward pass
   * @param threads how many share the work
   */
  public FusedWinogradConvolution(ConvolutionShape shape, boolean relu, int threads) {
    this(shape, false, relu, threads);
  }

  /**
   * As above.
   *
   * @param accumulates whether the forward pass adds to what the output holds, before max(0, ·)
   */
  public FusedWinogradConvolution(
      ConvolutionShape shape, boolean accumulates, boolean relu, int threads) {
    super(shape, Precision.FLOAT32);
    this.accumulates = accumulates;
    this.relu = relu;
    this.threads = threads;
  }

  /** Whether this can compute convolutions of the shape. */
  static boolean supports(ConvolutionShape shape) {
    return Correlation.describes(shape)
        && FusedLayout.fits(shape.in())
        && FusedLayout.fits(shape.out())
        && Math.max(shape.inputLength(), shape.outputLength()) * Float.BYTES < Integer.MAX_VALUE;
  }

  /**
   * Whether this computes them faster than any other, in training and in inference: where a
   * register of this processor has eight values, for 12 to 64 channels, on images that tiles of 4×4
   * pixels fill or nearly fill. The batch does not matter, so that an image's results do not depend
   * on it.
   */
  public static boolean pays(ConvolutionShape shape) {
    int least = Math.min(shape.in(), shape.out());
    if (!supports(shape)
        || FloatLanes.SPECIES.length() != LANE_FLOATS
        || least < LEAST_CHANNELS
        || shape.in() * shape.out() < LEAST_PRODUCTS
        || Math.max(shape.in(), shape.out()) > MOST_CHANNELS) {
      return false;
    }
    int tiles = FusedTiles.count(shape.outHeight()) * FusedTiles.count(shape.outWidth());
    double filled = (double) (shape.outHeight() * shape.outWidth()) / (tiles * OUTPUTS * OUTPUTS);
    return filled >= (least <= CHUNK ? LEAST_FILLED_OF_A_CHUNK : LEAST_FILLED);
  }

  @Override
  CorrelationPass forward(OneDnn.Resources owner, Correlation correlation) {
    return new FusedWinogradCorrelation(correlation, false, accumulates, relu, threads);
  }

  @Override
  CorrelationPass inputGradient(OneDnn.Resources owner, Correlation correlation) {
    return new FusedWinogradCorrelation(correlation, true, false, false, threads);
  }

  @Override
  WeightsGradientPass weightsGradient(OneDnn.Resources owner, Correlation correlation) {
    return new FusedWinogradWeightsGradient(correlation, threads);
  }
}
