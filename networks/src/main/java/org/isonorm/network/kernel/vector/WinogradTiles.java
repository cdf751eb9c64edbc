package org.isonorm.network.kernel.vector;

import java.nio.ByteBuffer;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.onednn.SharedWork;
import org.isonorm.network.kernel.vector.WinogradTransform.Square;

/** Takes tiles out of images and puts them back, by one thread with memory of its own. */
final class WinogradTiles {
  private final Correlation geometry;
  private final WinogradGrid grid;
  private final WinogradTile kind;
  private final ByteBuffer between;

  /** A tile that reaches beyond its image. */
  private final ByteBuffer patch;

  /**
   * Starts at an address.
   *
   * @param scratch the address of {@link #scratchBytes} bytes that nobody else uses meanwhile
   */
  WinogradTiles(WinogradGrid grid, long scratch) {
    this.grid = grid;
    geometry = grid.correlation();
    kind = grid.tile();
    long betweenBytes = betweenBytes(grid);
    between = HostMemory.bytes(scratch, betweenBytes);
    patch = HostMemory.bytes(scratch + betweenBytes, patchBytes(grid));
  }

  static long scratchBytes(WinogradGrid grid) {
    return betweenBytes(grid) + patchBytes(grid);
  }

  private static long betweenBytes(WinogradGrid grid) {
    return (long) grid.tile().products() * WinogradTransform.CHUNK_BYTES;
  }

  private static long patchBytes(WinogradGrid grid) {
    return (long) grid.tile().products()
        * Math.max(grid.correlation().in(), grid.correlation().out())
        * Float.BYTES;
  }

  /** Maps what the share has of a matrix whose elements are mapped alike. */
  void mapShare(
      SharedWork.Share share, WinogradTransform map, int elements, Square source, Square target) {
    int chunk = WinogradTransform.CHUNK_BYTES;
    int chunks = (int) (((long) elements * Float.BYTES + chunk - 1) / chunk);
    int from = share.from(chunks) * chunk;
    int to = Math.min(share.to(chunks) * chunk, elements * Float.BYTES);
    if (from < to) {
      map.apply(moved(source, from), moved(target, from), to - from, between);
    }
  }

  private static Square moved(Square square, int bytes) {
    return new Square(square.buffer(), square.at() + bytes, square.row(), square.column());
  }

  /** Maps a tile's inputs. */
  void input(int tile, ByteBuffer images, Square target) {
    int pixel = geometry.in() * Float.BYTES;
    int row = geometry.inWidth() * pixel;
    int y = grid.row(tile) - geometry.top();
    int x = grid.column(tile) - geometry.left();
    int image = grid.image(tile) * geometry.inHeight() * row;
    Square source;
    if (y >= 0
        && x >= 0
        && y + kind.inputs() <= geometry.inHeight()
        && x + kind.inputs() <= geometry.inWidth()) {
      source = new Square(images, image + y * row + x * pixel, row, pixel);
    } else {
      WinogradTransform.clear(patch, 0, kind.products() * pixel);
      int left = Math.max(0, -x);
      int right = Math.min(kind.inputs(), geometry.inWidth() - x);
      for (int i = Math.max(0, -y); i < Math.min(kind.inputs(), geometry.inHeight() - y); i++) {
        if (left < right) {
          patch.put(
              (i * kind.inputs() + left) * pixel,
              images,
              image + (y + i) * row + (x + left) * pixel,
              (right - left) * pixel);
        }
      }
      source = new Square(patch, 0, kind.inputs() * pixel, pixel);
    }
    kind.input().apply(source, target, pixel, between);
  }

  /** Maps the gradients of a tile's outputs. */
  void outputGradient(int tile, ByteBuffer images, Square target) {
    int pixel = geometry.out() * Float.BYTES;
    int row = geometry.outWidth() * pixel;
    Square source;
    if (isWhole(tile)) {
      source = new Square(images, outputAt(tile), row, pixel);
    } else {
      WinogradTransform.clear(patch, 0, kind.outputs() * kind.outputs() * pixel);
      for (int i = 0; i < height(tile); i++) {
        patch.put(
            i * kind.outputs() * pixel, images, outputAt(tile) + i * row, width(tile) * pixel);
      }
      source = new Square(patch, 0, kind.outputs() * pixel, pixel);
    }
    kind.outputGradient().apply(source, target, pixel, between);
  }

  /**
   * Maps a tile's products to its outputs.
   *
   * @param bias null where there is none
   */
  void output(int tile, Square products, ByteBuffer bias, boolean relu, ByteBuffer images) {
    int pixel = geometry.out() * Float.BYTES;
    int row = geometry.outWidth() * pixel;
    boolean whole = isWhole(tile);
    Square target =
        whole
            ? new Square(images, outputAt(tile), row, pixel)
            : new Square(patch, 0, kind.outputs() * pixel, pixel);
    kind.output().apply(products, target, pixel, between);
    if (!whole) {
      for (int i = 0; i < height(tile); i++) {
        images.put(
            outputAt(tile) + i * row, patch, i * kind.outputs() * pixel, width(tile) * pixel);
      }
    }
    if (bias != null) {
      for (int i = 0; i < height(tile); i++) {
        for (int j = 0; j < width(tile); j++) {
          WinogradTransform.addBias(
              bias, images, outputAt(tile) + i * row + j * pixel, pixel, relu);
        }
      }
    } else if (relu) {
      for (int i = 0; i < height(tile); i++) {
        WinogradTransform.relu(images, outputAt(tile) + i * row, width(tile) * pixel);
      }
    }
  }

  private boolean isWhole(int tile) {
    return height(tile) == kind.outputs() && width(tile) == kind.outputs();
  }

  private int height(int tile) {
    return Math.min(kind.outputs(), geometry.outHeight() - grid.row(tile));
  }

  private int width(int tile) {
    return Math.min(kind.outputs(), geometry.outWidth() - grid.column(tile));
  }

  private int outputAt(int tile) {
    int pixel =
        (grid.image(tile) * geometry.outHeight() + grid.row(tile)) * geometry.outWidth()
            + grid.column(tile);
    return pixel * geometry.out() * Float.BYTES;
  }
}
