package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FusedLayout.CHUNK;

import java.nio.FloatBuffer;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.onednn.SharedWork;

/**
 * A correlation by Winograd's F(4×4, 3×3) in Java's vector instructions alone: the output of a
 * convolution, or the gradient of its input. Maps, products, bias and ReLU of a few tiles follow
 * one another, so that the tiles stay in a thread's caches.
 */
final class FusedWinogradCorrelation implements CorrelationPass {
  /** Tiles that a thread maps before it multiplies them: 220 kB of 64 channels, in and out. */
  private static final int TILES = 24;

  private final Correlation geometry;
  private final boolean accumulates;
  private final boolean relu;
  private final int threads;
  private final FusedTiles tiles;
  private final FusedWeights weights;

  /**
   * Prepares the weights' place.
   *
   * @param turned whether the weights are [in, out, 3, 3] with the taps turned round, else [out,
   *     in, 3, 3]
   * @param accumulates whether it adds to what the output holds
   * @param relu whether max(0, ·) follows
   */
  FusedWinogradCorrelation(
      Correlation geometry, boolean turned, boolean accumulates, boolean relu, int threads) {
    this.geometry = geometry;
    this.accumulates = accumulates;
    this.relu = relu;
    this.threads = threads;
    tiles = new FusedTiles(geometry, FusedLayout.OF_PRODUCTS, TILES, threads);
    weights = new FusedWeights(geometry.in(), geometry.out(), turned);
  }

  @Override
  public void run(long input, long plainWeights, long bias, long output) {
    FloatBuffer source = HostMemory.floats(input, (long) geometry.inPixels() * geometry.in());
    FloatBuffer target = HostMemory.floats(output, (long) geometry.outPixels() * geometry.out());
    boolean changed =
        weights.take(
            HostMemory.floats(plainWeights, geometry.weights()),
            bias == 0 ? null : HostMemory.floats(bias, geometry.out()));
    FusedArrays[] arrays = FusedArrays.of(threads);
    SharedWork.run(
        threads,
        share -> {
          if (changed) {
            weights.map(share);
            share.awaitOthers();
          }
          FusedArrays own = arrays[share.index()];
          float[] inputs = own.inputs(tiles.floats(geometry.in()));
          tiles.clearRestOfChunk(geometry.in(), inputs);
          float[] products = own.outputs(tiles.floats(geometry.out()));
          for (int b = share.from(tiles.blocks()); b < share.to(tiles.blocks()); b++) {
            tiles.mapInputs(b, source, own, inputs);
            multiply(tiles.groups(b), inputs, products);
            tiles.mapOutputs(b, products, own, accumulates, relu, target);
          }
        });
  }

  /** Behind the last tile are others of before, whose products nobody reads. */
  private void multiply(int groups, float[] inputs, float[] products) {
    int in = FusedLayout.chunks(geometry.in());
    int out = FusedLayout.chunks(geometry.out());
    int groupFloats = FusedLayout.OF_PRODUCTS.groupFloats();
    for (int chunk = 0; chunk < out; chunk++) {
      FusedProducts.multiply(
          inputs,
          groups,
          in,
          weights.mapped(),
          weights.at(chunk),
          products,
          chunk * groupFloats,
          out * groupFloats,
          weights.bias(),
          weights.biasAt(chunk),
          chunk * CHUNK);
    }
  }
}
