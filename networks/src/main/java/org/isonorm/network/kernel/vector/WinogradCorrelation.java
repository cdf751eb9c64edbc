package org.isonorm.network.kernel.vector;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.onednn.MatrixProduct;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.onednn.SharedWork;
import org.isonorm.network.kernel.vector.WinogradTransform.Square;

/**
 * A correlation by Winograd's minimal filtering: the output of a convolution, or the gradient of
 * its input. Each thread takes its tiles through all three steps, block by block, so that a block
 * stays in the processor's caches.
 */
final class WinogradCorrelation implements CorrelationPass {
  /** Tiles of a block: enough rows for a matrix product to run at the processor's speed. */
  private static final int BLOCK = 64;

  private final Correlation geometry;
  private final WinogradGrid grid;
  private final boolean turned;
  private final boolean relu;
  private final int threads;
  private final int block;
  private final int blocks;
  private final WinogradMatrices weights;
  private final WinogradMatrices inputs;
  private final WinogradMatrices outputs;
  private final List<WinogradTaps> taps = new ArrayList<>();
  private final List<MatrixProduct> products = new ArrayList<>();
  private final long tapsBytes;
  private final long tilesBytes;
  private final long shareBytes;

  /**
   * Prepares the primitives.
   *
   * @param turned whether the weights are [in, out, 3, 3] with the taps turned round, else [out,
   *     in, 3, 3]
   * @param relu whether max(0, ·) follows
   */
  WinogradCorrelation(
      OneDnn.Resources resources, Correlation geometry, boolean turned, boolean relu, int threads) {
    this.geometry = geometry;
    grid = new WinogradGrid(geometry);
    this.turned = turned;
    this.relu = relu;
    this.threads = threads;
    int tiles = grid.tiles();
    int rounds = Math.max(1, Math.round((float) tiles / (threads * BLOCK)));
    block = (tiles + threads * rounds - 1) / (threads * rounds);
    blocks = (tiles + block - 1) / block;
    int in = geometry.in();
    int out = geometry.out();
    weights = new WinogradMatrices(grid.tile(), in, out);
    inputs = new WinogradMatrices(grid.tile(), block, in);
    outputs = new WinogradMatrices(grid.tile(), block, out);
    long scratch = 0;
    int convolutionOut = turned ? in : out;
    int convolutionIn = turned ? out : in;
    for (int i = 0; i < threads; i++) {
      taps.add(
          WinogradTaps.of(
              resources,
              convolutionOut,
              convolutionIn,
              convolutionOut * i / threads,
              convolutionOut * (i + 1) / threads,
              turned,
              true));
      products.add(WinogradProducts.of(resources, inputs, weights, outputs));
      scratch = Math.max(scratch, taps.get(i).scratchBytes());
      scratch = Math.max(scratch, products.get(i).scratchBytes());
    }
    tapsBytes = OneDnn.Worker.align(geometry.weights() * Float.BYTES);
    tilesBytes = OneDnn.Worker.align(WinogradTiles.scratchBytes(grid));
    shareBytes = inputs.bytes() + outputs.bytes() + tilesBytes + scratch;
  }

  private long scratchBytes() {
    return tapsBytes + weights.bytes() + threads * shareBytes;
  }

  @Override
  public void run(long input, long plainWeights, long bias, long output) {
    long scratch = OneDnn.worker().scratch(scratchBytes());
    long spread = scratch + tapsBytes;
    ByteBuffer source =
        HostMemory.bytes(input, (long) geometry.inPixels() * geometry.in() * Float.BYTES);
    ByteBuffer target =
        HostMemory.bytes(output, (long) geometry.outPixels() * geometry.out() * Float.BYTES);
    ByteBuffer offset =
        bias == 0 ? null : HostMemory.bytes(bias, (long) geometry.out() * Float.BYTES);
    SharedWork.run(
        threads,
        share -> {
          long own = spread + weights.bytes() + share.index() * shareBytes;
          long ownOutputs = own + inputs.bytes();
          long ownTiles = ownOutputs + outputs.bytes();
          long rest = ownTiles + tilesBytes;
          taps.get(share.index()).run(rest, plainWeights, scratch);
          share.awaitOthers();
          WinogradTiles tiles = new WinogradTiles(grid, ownTiles);
          spreadWeights(share, tiles, scratch, spread);
          share.awaitOthers();
          ByteBuffer mapped = HostMemory.bytes(own, inputs.bytes());
          ByteBuffer multiplied = HostMemory.bytes(ownOutputs, outputs.bytes());
          for (int b = share.from(blocks); b < share.to(blocks); b++) {
            int first = b * block;
            int count = Math.min(block, grid.tiles() - first);
            for (int i = 0; i < count; i++) {
              tiles.input(first + i, source, inputs.at(mapped, i * geometry.in() * Float.BYTES));
            }
            // The rows behind the last tile hold what they held, and nobody reads their products.
            products.get(share.index()).run(rest, own, spread, ownOutputs);
            for (int i = 0; i < count; i++) {
              Square square = outputs.at(multiplied, i * geometry.out() * Float.BYTES);
              tiles.output(first + i, square, offset, relu, target);
            }
          }
        });
  }

  private void spreadWeights(
      SharedWork.Share share, WinogradTiles tiles, long matrices, long spread) {
    ByteBuffer buffer = HostMemory.bytes(matrices, tapsBytes);
    int matrix = geometry.in() * geometry.out() * Float.BYTES;
    Square square =
        turned
            ? new Square(buffer, 8 * matrix, -3 * matrix, -matrix)
            : new Square(buffer, 0, 3 * matrix, matrix);
    tiles.mapShare(
        share,
        grid.tile().kernel(),
        geometry.in() * geometry.out(),
        square,
        weights.at(HostMemory.bytes(spread, weights.bytes()), 0));
  }
}
