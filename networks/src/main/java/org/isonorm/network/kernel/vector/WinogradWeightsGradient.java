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
 * The gradients of a convolution's weights and bias by Winograd's minimal filtering. The threads
 * map a block of tiles together, then each adds its share of the products up, so that every sum has
 * one order, however many they are.
 */
final class WinogradWeightsGradient implements WeightsGradientPass {
  /**
   * Tiles of a block: its products are added to matrices that pass through the caches each time.
   */
  private static final int BLOCK = 128;

  private final Correlation geometry;
  private final WinogradGrid grid;
  private final int threads;
  private final int block;
  private final int blocks;
  private final WinogradMatrices inputs;
  private final WinogradMatrices gradients;
  private final WinogradMatrices sums;
  private final List<MatrixProduct> first = new ArrayList<>();
  private final List<MatrixProduct> next = new ArrayList<>();
  private final List<WinogradTaps> taps = new ArrayList<>();
  private final long tapsBytes;
  private final long tilesBytes;
  private final long shareBytes;

  WinogradWeightsGradient(OneDnn.Resources resources, Correlation geometry, int threads) {
    this.geometry = geometry;
    grid = new WinogradGrid(geometry);
    this.threads = threads;
    int tiles = grid.tiles();
    blocks = (tiles + BLOCK - 1) / BLOCK;
    block = (tiles + blocks - 1) / blocks;
    int all = grid.tile().products();
    int in = geometry.in();
    int out = geometry.out();
    inputs = new WinogradMatrices(grid.tile(), block, in);
    gradients = new WinogradMatrices(grid.tile(), block, out);
    sums = new WinogradMatrices(grid.tile(), in, out);
    long scratch = 0;
    for (int i = 0; i < threads; i++) {
      int count = all * (i + 1) / threads - all * i / threads;
      first.add(WinogradProducts.ofTransposed(resources, count, inputs, gradients, sums, false));
      next.add(WinogradProducts.ofTransposed(resources, count, inputs, gradients, sums, true));
      taps.add(
          WinogradTaps.of(
              resources, out, in, out * i / threads, out * (i + 1) / threads, false, false));
      scratch = Math.max(scratch, first.get(i).scratchBytes());
      scratch = Math.max(scratch, next.get(i).scratchBytes());
      scratch = Math.max(scratch, taps.get(i).scratchBytes());
    }
    tapsBytes = OneDnn.Worker.align(geometry.weights() * Float.BYTES);
    tilesBytes = OneDnn.Worker.align(WinogradTiles.scratchBytes(grid));
    shareBytes = tilesBytes + scratch;
  }

  private long scratchBytes() {
    return tapsBytes + inputs.bytes() + gradients.bytes() + sums.bytes() + threads * shareBytes;
  }

  @Override
  public void run(long input, long outputGradient, long weightsGradient, long biasGradient) {
    long matrices = OneDnn.worker().scratch(scratchBytes());
    long inputsAt = matrices + tapsBytes;
    long gradientsAt = inputsAt + inputs.bytes();
    long sumsAt = gradientsAt + gradients.bytes();
    ByteBuffer source =
        HostMemory.bytes(input, (long) geometry.inPixels() * geometry.in() * Float.BYTES);
    ByteBuffer outputs =
        HostMemory.bytes(
            outputGradient, (long) geometry.outPixels() * geometry.out() * Float.BYTES);
    ByteBuffer mappedInputs = HostMemory.bytes(inputsAt, inputs.bytes());
    ByteBuffer mappedGradients = HostMemory.bytes(gradientsAt, gradients.bytes());
    int pixel = geometry.out() * Float.BYTES;
    ByteBuffer bias = biasGradient == 0 ? null : HostMemory.bytes(biasGradient, pixel);
    if (bias != null) {
      WinogradTransform.clear(bias, 0, pixel);
    }
    SharedWork.run(
        threads,
        share -> {
          long ownTiles = sumsAt + sums.bytes() + share.index() * shareBytes;
          long rest = ownTiles + tilesBytes;
          WinogradTiles tiles = new WinogradTiles(grid, ownTiles);
          int from = share.from(grid.tile().products());
          for (int b = 0; b < blocks; b++) {
            for (int row = share.from(block); row < share.to(block); row++) {
              Square mappedInput = inputs.at(mappedInputs, row * geometry.in() * Float.BYTES);
              Square mappedGradient = gradients.at(mappedGradients, row * pixel);
              int tile = b * block + row;
              if (tile < grid.tiles()) {
                tiles.input(tile, source, mappedInput);
                tiles.outputGradient(tile, outputs, mappedGradient);
              } else {
                clear(mappedInput, geometry.in() * Float.BYTES);
                clear(mappedGradient, pixel);
              }
            }
            share.awaitOthers();
            (b == 0 ? first : next)
                .get(share.index())
                .run(
                    rest,
                    inputsAt + from * inputs.matrixBytes(),
                    gradientsAt + from * gradients.matrixBytes(),
                    sumsAt + from * sums.matrixBytes());
            if (bias != null && share.index() == 0) {
              addRows(mappedGradients, bias, pixel);
            }
            share.awaitOthers();
          }
          gather(share, tiles, sumsAt, matrices);
          share.awaitOthers();
          taps.get(share.index()).run(rest, weightsGradient, matrices);
        });
  }

  private void clear(Square square, int bytes) {
    for (int i = 0; i < grid.tile().products(); i++) {
      WinogradTransform.clear(square.buffer(), square.at() + i * square.column(), bytes);
    }
  }

  private void addRows(ByteBuffer mappedGradients, ByteBuffer bias, int pixel) {
    // The second row of A is all ones, so that the second product of the second row has the sum.
    int at = (int) ((grid.tile().inputs() + 1) * gradients.matrixBytes());
    for (int row = 0; row < block; row++) {
      WinogradTransform.add(mappedGradients, at + row * pixel, bias, 0, pixel);
    }
  }

  private void gather(SharedWork.Share share, WinogradTiles tiles, long sumsAt, long matrices) {
    int matrix = geometry.in() * geometry.out() * Float.BYTES;
    tiles.mapShare(
        share,
        grid.tile().kernelGradient(),
        geometry.in() * geometry.out(),
        sums.at(HostMemory.bytes(sumsAt, sums.bytes()), 0),
        new Square(HostMemory.bytes(matrices, tapsBytes), 0, 3 * matrix, matrix));
  }
}
