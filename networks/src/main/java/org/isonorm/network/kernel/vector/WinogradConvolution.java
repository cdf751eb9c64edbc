package org.isonorm.network.kernel.vector;

import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.onednn.OneDnn;

/**
 * A 3×3 convolution at stride 1 with a quarter of the multiplications or little more, by Winograd's
 * minimal filtering (Winograd 1980; Lavin and Gray 2016) in all three passes: the maps of tiles in
 * Java's vector instructions, the products between them by oneDNN.
 */
public final class WinogradConvolution extends CorrelationConvolution {
  /** Channels that fill the widest vector register. */
  private static final int LANES = 16;

  /** Channels below which the maps of tiles take longer than the multiplications they save. */
  private static final int LEAST_CHANNELS = 64;

  /**
   * Multiplications of a tap and an image below which a pass is too short to gain from sharing it:
   * ResNet-20 with its 64 channels of 8×8 pixels, 2^18, is no faster.
   */
  private static final long LEAST_WORK = 1 << 20;

  /**
   * Channels from which gradients of weights gain though much of the tiles lies beyond the images.
   */
  private static final int MANY_CHANNELS = 256;

  /** Tiles that it takes then: each adds to as many sums as there are products of channels. */
  private static final int MANY_TILES = 128;

  /** Share of the tiles' pixels that must lie in images otherwise. */
  private static final double LEAST_FILLED = 0.75;

  /** Products of the largest kind of tile. */
  private static final long MOST_PRODUCTS = 36;

  private final boolean relu;
  private final int threads;

  /**
   * Prepares nothing yet.
   *
   * @param relu whether max(0, ·) follows the forward pass
   * @param threads how many share the work; a number has results of its own, to the last bit
   */
  public WinogradConvolution(ConvolutionShape shape, boolean relu, int threads) {
    super(shape, Precision.FLOAT32);
    this.relu = relu;
    this.threads = threads;
  }

  /** Whether this can compute convolutions of the shape. */
  static boolean supports(ConvolutionShape shape) {
    long largest =
        Math.max(
            Math.max(shape.inputLength(), shape.outputLength()),
            MOST_PRODUCTS * (shape.in() + 1) * shape.out());
    return Correlation.describes(shape)
        && shape.in() % LANES == 0
        && shape.out() % LANES == 0
        && largest * Float.BYTES < Integer.MAX_VALUE;
  }

  /**
   * Whether this computes them faster than a direct convolution. The rule knows the shape alone, so
   * that all machines of a cluster choose alike.
   */
  public static boolean pays(ConvolutionShape shape) {
    return supports(shape)
        && Math.min(shape.in(), shape.out()) >= LEAST_CHANNELS
        && (long) shape.outHeight() * shape.outWidth() * shape.in() * shape.out() >= LEAST_WORK;
  }

  /**
   * Whether this computes the weights' gradients faster than a direct convolution, whose other
   * passes may be faster: where a register of this processor has eight values, for which oneDNN has
   * a direct one of half the speed of those passes. Depends on the batch as well.
   */
  public static boolean paysForWeights(ConvolutionShape shape) {
    int least = Math.min(shape.in(), shape.out());
    if (!supports(shape)
        || FloatLanes.SPECIES.length() != FusedLayout.LANE_FLOATS
        || least < LEAST_CHANNELS) {
      return false;
    }
    WinogradGrid grid = new WinogradGrid(Correlation.forward(shape));
    int side = grid.tile().outputs();
    double filled =
        (double) shape.batch()
            * shape.outHeight()
            * shape.outWidth()
            / (grid.tiles() * side * side);
    return filled >= LEAST_FILLED || least >= MANY_CHANNELS && grid.tiles() >= MANY_TILES;
  }

  @Override
  CorrelationPass forward(OneDnn.Resources owner, Correlation correlation) {
    return new WinogradCorrelation(owner, correlation, false, relu, threads);
  }

  @Override
  CorrelationPass inputGradient(OneDnn.Resources owner, Correlation correlation) {
    return new WinogradCorrelation(owner, correlation, true, false, threads);
  }

  @Override
  WeightsGradientPass weightsGradient(OneDnn.Resources owner, Correlation correlation) {
    return new WinogradWeightsGradient(owner, correlation, threads);
  }
}
