package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.CHUNK;
import static org.isonorm.network.kernel.vector.FusedLayout.COLUMN_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.GROUP;
import static org.isonorm.network.kernel.vector.FusedLayout.GROUP_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.LANE_FLOATS;
import static org.isonorm.network.kernel.vector.FusedLayout.OUTPUTS;
import static org.isonorm.network.kernel.vector.FusedLayout.SIDE;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.onednn.SharedWork;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A 3×3 convolution of few channels at stride 1 by Winograd's F(4×4, 3×3) (Winograd 1980; Lavin and
 * Gray 2016), forward alone: maps, products, bias and ReLU in Java's vector instructions on a few
 * tiles that stay in a thread's caches. Weights are mapped when they change. For AVX2: sums fill
 * its sixteen registers.
 *
 * <p>An output is the same to the last bit whatever else is in the batch, and however many threads
 * share it.
 */
public final class FusedWinogradConvolution implements InferenceConvolutionKernel {
  /** Tiles that a thread maps before it multiplies them: 220 kB of 64 channels, in and out. */
  private static final int TILES = 24;

  /** Channels above which the products are better left to oneDNN: {@link WinogradConvolution}. */
  private static final int MOST_CHANNELS = 64;

  /** Share of the tiles' pixels that must lie in images. */
  private static final double LEAST_FILLED = 0.75;

  private final ConvolutionShape shape;
  private final boolean relu;
  private final int threads;
  private final int tilesAcross;
  private final int tilesDown;

  /** Rows of tiles, of all images, that a thread takes at a time. */
  private final int rows;

  private final int groups;
  private final FusedWeights weights;

  /**
   * Prepares the weights' place.
   *
   * @param relu whether max(0, ·) follows
   * @param threads how many share the work
   */
  public FusedWinogradConvolution(ConvolutionShape shape, boolean relu, int threads) {
    this.shape = shape;
    this.relu = relu;
    this.threads = threads;
    tilesAcross = tiles(shape.inWidth());
    tilesDown = tiles(shape.inHeight());
    int share = (allRows() + threads - 1) / threads;
    int least = (GROUP + tilesAcross - 1) / tilesAcross;
    rows = Math.max(least, Math.min(share, TILES / tilesAcross));
    groups = (rows * tilesAcross + GROUP - 1) / GROUP;
    weights = new FusedWeights(shape.in(), shape.out());
  }

  /** Whether this can compute convolutions of the shape. */
  static boolean supports(ConvolutionShape shape) {
    return Correlation.describes(shape)
        && shape.paddingHeight() == 1
        && shape.paddingWidth() == 1
        && shape.in() % CHUNK == 0
        && shape.out() % CHUNK == 0
        && Math.max(shape.inputLength(), shape.outputLength()) * Float.BYTES < Integer.MAX_VALUE;
  }

  /**
   * Whether this computes them faster than any other: where a register of this processor has eight
   * values, for up to 64 channels, on images that tiles of 4×4 pixels fill, or nearly fill if there
   * are 32 channels and more. The batch does not matter, so that an image's results do not depend
   * on it.
   */
  public static boolean pays(ConvolutionShape shape) {
    if (!supports(shape)
        || FloatLanes.SPECIES.length() != LANE_FLOATS
        || Math.max(shape.in(), shape.out()) > MOST_CHANNELS) {
      return false;
    }
    int pixels = shape.inHeight() * shape.inWidth();
    int covered = tiles(shape.inHeight()) * tiles(shape.inWidth()) * OUTPUTS * OUTPUTS;
    return pixels == covered
        || Math.min(shape.in(), shape.out()) > CHUNK && pixels >= LEAST_FILLED * covered;
  }

  private static int tiles(int pixels) {
    return (pixels + OUTPUTS - 1) / OUTPUTS;
  }

  private int allRows() {
    return Math.toIntExact(shape.batch() * tilesDown);
  }

  @Override
  public void forward(INDArray input, INDArray plainWeights, INDArray bias, INDArray output) {
    try {
      weights.take(
          HostMemory.buffer(plainWeights, shape.weightsLength()),
          shape.bias() ? HostMemory.buffer(bias, shape.out()) : null);
      run(
          HostMemory.buffer(input, shape.inputLength()),
          HostMemory.buffer(output, shape.outputLength()));
    } finally {
      Reference.reachabilityFence(new INDArray[] {input, plainWeights, bias, output});
    }
  }

  private void run(FloatBuffer input, FloatBuffer output) {
    FusedArrays[] arrays = FusedArrays.of(threads);
    int blocks = (allRows() + rows - 1) / rows;
    SharedWork.run(
        threads,
        share -> {
          FusedArrays own = arrays[share.index()];
          for (int block = share.from(blocks); block < share.to(blocks); block++) {
            int first = block * rows;
            int count = Math.min(rows, allRows() - first);
            mapInputs(first, count, input, own);
            multiply(count, own);
            mapOutputs(first, count, own, output);
          }
        });
  }

  private void mapInputs(int first, int count, FloatBuffer input, FusedArrays own) {
    int channels = shape.in();
    int width = shape.inWidth();
    int row = width * channels;
    int stripe = (OUTPUTS * tilesAcross + 2) * COLUMN_FLOATS;
    int chunks = channels / CHUNK;
    float[] pixels = own.rows(SIDE * row);
    float[] columns = own.columns(channels / LANE_FLOATS * stripe);
    float[] tiles = own.tiles(groups * chunks * GROUP_FLOATS);
    clearBorders(columns, stripe);
    for (int i = 0; i < count; i++) {
      int image = (first + i) / tilesDown;
      int top = (first + i) % tilesDown * OUTPUTS - 1;
      int from = Math.max(0, -top);
      int to = Math.min(SIDE, shape.inHeight() - top);
      Arrays.fill(pixels, 0, from * row, 0f);
      int at = (image * shape.inHeight() + top + from) * row;
      input.get(at, pixels, from * row, (to - from) * row);
      Arrays.fill(pixels, to * row, SIDE * row, 0f);
      for (int c = 0; c < channels; c += LANE_FLOATS) {
        int column = c / LANE_FLOATS * stripe;
        FusedMaps.down(pixels, c, channels, width, columns, column + COLUMN_FLOATS);
      }
      for (int t = 0; t < tilesAcross; t++) {
        for (int c = 0; c < channels; c += LANE_FLOATS) {
          int column = c / LANE_FLOATS * stripe + t * OUTPUTS * COLUMN_FLOATS;
          FusedMaps.across(columns, column, tiles, FusedLayout.at(i * tilesAcross + t, c, chunks));
        }
      }
    }
  }

  /** Zeros stand on the left of an image, and on its right until a tile ends. */
  private void clearBorders(float[] columns, int stripe) {
    int right = (shape.inWidth() + 1) * COLUMN_FLOATS;
    for (int at = 0; at < shape.in() / LANE_FLOATS * stripe; at += stripe) {
      Arrays.fill(columns, at, at + COLUMN_FLOATS, 0f);
      Arrays.fill(columns, at + right, at + stripe, 0f);
    }
  }

  private void multiply(int count, FusedArrays own) {
    int in = shape.in() / CHUNK;
    int out = shape.out() / CHUNK;
    float[] tiles = own.tiles(groups * in * GROUP_FLOATS);
    float[] products = own.products(groups * out * GROUP_FLOATS);
    // Behind the last tile are others of before, whose products nobody reads.
    int used = (count * tilesAcross + GROUP - 1) / GROUP;
    for (int chunk = 0; chunk < out; chunk++) {
      FusedProducts.multiply(
          tiles,
          used,
          in,
          weights.mapped(),
          weights.at(chunk),
          products,
          chunk * GROUP_FLOATS,
          out * GROUP_FLOATS,
          weights.bias(),
          shape.out() + chunk * CHUNK,
          chunk * CHUNK);
    }
  }

  private void mapOutputs(int first, int count, FusedArrays own, FloatBuffer output) {
    int channels = shape.out();
    int width = shape.inWidth();
    int row = width * channels;
    int stripe = OUTPUTS * tilesAcross * COLUMN_FLOATS;
    int chunks = channels / CHUNK;
    float[] products = own.products(groups * chunks * GROUP_FLOATS);
    float[] columns = own.columns(channels / LANE_FLOATS * stripe);
    float[] pixels = own.rows(OUTPUTS * row);
    for (int i = 0; i < count; i++) {
      for (int t = 0; t < tilesAcross; t++) {
        for (int c = 0; c < channels; c += LANE_FLOATS) {
          int column = c / LANE_FLOATS * stripe + t * OUTPUTS * COLUMN_FLOATS;
          FusedMaps.back(products, FusedLayout.at(i * tilesAcross + t, c, chunks), columns, column);
        }
      }
      for (int c = 0; c < channels; c += LANE_FLOATS) {
        FusedMaps.up(columns, c / LANE_FLOATS * stripe, channels, width, relu, pixels, c);
      }
      int image = (first + i) / tilesDown;
      int top = (first + i) % tilesDown * OUTPUTS;
      int inside = Math.min(OUTPUTS, shape.inHeight() - top);
      output.put((image * shape.inHeight() + top) * row, pixels, 0, inside * row);
    }
  }

  @Override
  public void close() {
    // Arrays are Java's.
  }
}
