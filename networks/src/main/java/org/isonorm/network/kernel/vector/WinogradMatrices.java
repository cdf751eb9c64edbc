package org.isonorm.network.kernel.vector;

import java.nio.ByteBuffer;

/**
 * One matrix for each product of a tile, of float. Some bytes stand between them, since a power of
 * two from one to the next would send all values of a channel to the same few lines of the
 * first-level cache.
 */
record WinogradMatrices(WinogradTile tile, int rows, int columns) {
  private static final long GAP = 64;

  long matrixBytes() {
    return (long) rows * columns * Float.BYTES + GAP;
  }

  long bytes() {
    return matrixBytes() * tile.products();
  }

  /** Of float values from one matrix to the next. */
  long stride() {
    return matrixBytes() / Float.BYTES;
  }

  /** What stands at one place of every matrix. */
  WinogradTransform.Square at(ByteBuffer buffer, int bytes) {
    int column = (int) matrixBytes();
    return new WinogradTransform.Square(buffer, bytes, tile.inputs() * column, column);
  }
}
