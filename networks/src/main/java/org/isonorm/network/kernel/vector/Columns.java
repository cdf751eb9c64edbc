package org.isonorm.network.kernel.vector;

import java.nio.ByteBuffer;
import org.isonorm.network.kernel.HostMemory;

/**
 * The matrix whose product with the weights is a correlation: a row holds the 3×3 input pixels that
 * an output pixel sees, tap by tap, with zeros for those outside of the image. Bfloat16.
 */
public final class Columns {
  private static final int SIDE = 3;

  private final Correlation geometry;
  private final int pixel;
  private final ByteBuffer images;
  private final ByteBuffer zeros;

  /**
   * Copies nothing yet.
   *
   * @param input the address of the input
   */
  Columns(Correlation geometry, long input) {
    this.geometry = geometry;
    pixel = geometry.in() * Short.BYTES;
    images = HostMemory.bytes(input, (long) geometry.inPixels() * pixel);
    zeros = ByteBuffer.allocateDirect(SIDE * pixel);
  }

  /** Columns of the matrix. */
  static int count(Correlation geometry) {
    return SIDE * SIDE * geometry.in();
  }

  /**
   * Writes a part of some rows, one after the other.
   *
   * @param first the first row
   * @param from the first column
   * @param to the column behind the last
   */
  void copy(int first, int rows, int from, int to, ByteBuffer target) {
    int line = SIDE * pixel;
    int begin = from * Short.BYTES;
    int end = to * Short.BYTES;
    int at = 0;
    for (int row = first; row < first + rows; row++) {
      int x = row % geometry.outWidth() - geometry.left();
      int y = row / geometry.outWidth() % geometry.outHeight() - geometry.top();
      int image = row / (geometry.outWidth() * geometry.outHeight()) * geometry.inHeight();
      for (int tap = begin / line; tap * line < end; tap++) {
        int start = Math.max(begin - tap * line, 0);
        int stop = Math.min(end - tap * line, line);
        boolean inside = y + tap >= 0 && y + tap < geometry.inHeight();
        // The bytes of the line that are in the image; the taps of a line lie side by side there.
        int left = inside ? clamp(-x * pixel, start, stop) : stop;
        int right = inside ? clamp((geometry.inWidth() - x) * pixel, left, stop) : stop;
        if (left > start) {
          target.put(at, zeros, 0, left - start);
        }
        if (right > left) {
          int source = ((image + y + tap) * geometry.inWidth() + x) * pixel + left;
          target.put(at + left - start, images, source, right - left);
        }
        if (stop > right) {
          target.put(at + right - start, zeros, 0, stop - right);
        }
        at += stop - start;
      }
    }
  }

  private static int clamp(int value, int least, int most) {
    return Math.max(least, Math.min(most, value));
  }
}
