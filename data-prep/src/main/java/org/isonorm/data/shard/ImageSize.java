package org.isonorm.data.shard;

import java.io.Serializable;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rows and columns that images are resized to, whatever their aspect; {@link #AS_THEY_ARE} where
 * they are not.
 */
public record ImageSize(int height, int width) implements Serializable {
  public static final ImageSize AS_THEY_ARE = new ImageSize(0, 0);

  /** 4,096 a side: a convolution of 64 channels makes 4 GiB of one such image. */
  private static final long MOST_PIXELS = 1L << 24;

  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})(?:[x×](\\d{1,6}))?");

  public ImageSize {
    if (height < 0 || width < 0 || (height == 0) != (width == 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid image-size: %s (must be > 0, or 0 to leave images as they are)",
              text(height, width)));
    }
    if ((long) height * width > MOST_PIXELS) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid image-size: %s (must be at most %,d pixels in all, as 4096x4096 has)",
              text(height, width),
              MOST_PIXELS));
    }
  }

  /** So many pixels a side; 0 for {@link #AS_THEY_ARE}. */
  public static ImageSize square(int side) {
    return new ImageSize(side, side);
  }

  /**
   * Reads {@code 32}, or {@code 20x36}, which is height times width.
   *
   * @throws IllegalArgumentException in one sentence, if it is something else
   */
  public static ImageSize parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid image-size: %s (must be a side or HEIGHTxWIDTH in pixels, such as 32 or 20x36)",
              text));
    }
    int height = Integer.parseInt(matcher.group(1));
    return new ImageSize(
        height, matcher.group(2) == null ? height : Integer.parseInt(matcher.group(2)));
  }

  /** The size of an image after its resizing. */
  public ImageShape of(ImageShape image) {
    return equals(AS_THEY_ARE) ? image : new ImageShape(height, width, image.channels());
  }

  /** The same of an image whose rows are its columns. */
  public ImageSize transposed() {
    return new ImageSize(width, height);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return text(height, width);
  }

  private static String text(int height, int width) {
    return height == width ? String.valueOf(height) : height + "x" + width;
  }
}
