package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import org.isonorm.data.shard.ImageShape;

/**
 * Pixels of an image: rows {@code top} to {@code top + height − 1}, columns {@code left} to {@code
 * left + width − 1}. It may reach beyond the image.
 */
public record Rectangle(int top, int left, int height, int width) implements Serializable {
  /** No pixel at all. */
  public static final Rectangle NONE = new Rectangle(0, 0, 0, 0);

  public Rectangle {
    if (height < 0 || width < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid rectangle: %d×%d (both sizes must be >= 0)", height, width));
    }
  }

  /** The part inside of an image. */
  Rectangle within(ImageShape shape) {
    int fromRow = Math.max(top, 0);
    int fromColumn = Math.max(left, 0);
    int rows = Math.min(top + height, shape.height()) - fromRow;
    int columns = Math.min(left + width, shape.width()) - fromColumn;
    return rows <= 0 || columns <= 0 ? NONE : new Rectangle(fromRow, fromColumn, rows, columns);
  }

  /** How much of an image it covers, from 0 to 1; it must not reach beyond the image. */
  double share(ImageShape shape) {
    return (double) height * width / ((double) shape.height() * shape.width());
  }

  /**
   * Fills the part inside of an image with 0, the mean colour of normalized values, in place.
   *
   * @param features values of an image, row-major HWC, from {@code offset} on
   */
  void blank(float[] features, int offset, ImageShape shape) {
    Rectangle inside = within(shape);
    for (int row = 0; row < inside.height; row++) {
      int start = offset + inside.rowOffset(row, shape);
      Arrays.fill(features, start, start + inside.width * shape.channels(), 0f);
    }
  }

  /** Copies the pixels inside of one image to the same place of another. */
  void copy(float[] from, int fromOffset, float[] to, int toOffset, ImageShape shape) {
    for (int row = 0; row < height; row++) {
      int start = rowOffset(row, shape);
      System.arraycopy(from, fromOffset + start, to, toOffset + start, width * shape.channels());
    }
  }

  /** Where its row starts, counted from the image's first value. */
  int rowOffset(int row, ImageShape shape) {
    return ((top + row) * shape.width() + left) * shape.channels();
  }
}
