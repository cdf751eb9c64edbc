package org.isonorm.data.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.Locale;
import org.isonorm.data.shard.ImageShape;

/**
 * How image files become a data set.
 *
 * @param size pixels a side that every image is resized to, by a triangle filter (bilinear, and a
 *     weighted mean where it shrinks), whatever its aspect; 0 to leave images as they are, which
 *     must then be of one size
 * @param testFraction share of each class that is held out for the test split, where the source is
 *     not split itself
 * @param maxPixels most pixels that an image may have
 * @param upright whether images are turned as the camera was held
 * @param skipUnreadable whether an image that cannot be read is left out instead of ending the
 *     ingestion
 */
public record ImageFileSettings(
    int size, double testFraction, long maxPixels, boolean upright, boolean skipUnreadable)
    implements Serializable {
  public static final double DEFAULT_TEST_FRACTION = 0.2;

  /** Where Pillow refuses an image as a decompression bomb. */
  public static final long DEFAULT_MAX_PIXELS = 178_956_970;

  /** Images as they are; a fifth of them is held out. */
  public static final ImageFileSettings DEFAULT = new ImageFileSettings(0, DEFAULT_TEST_FRACTION);

  public ImageFileSettings {
    if (size < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid image-size: %d (must be > 0, or 0 to leave images as they are)",
              size));
    }
    if (!(testFraction > 0 && testFraction < 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid test-fraction: %s (must be in (0, 1))", testFraction));
    }
    if (maxPixels <= 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid max-pixels: %d (must be > 0)", maxPixels));
    }
  }

  /** Images upright, as large as Pillow allows; one that cannot be read ends the ingestion. */
  public ImageFileSettings(int size, double testFraction) {
    this(size, testFraction, DEFAULT_MAX_PIXELS, true, false);
  }

  public ImageFileSettings withMaxPixels(long pixels) {
    return new ImageFileSettings(size, testFraction, pixels, upright, skipUnreadable);
  }

  public ImageFileSettings withUpright(boolean turned) {
    return new ImageFileSettings(size, testFraction, maxPixels, turned, skipUnreadable);
  }

  public ImageFileSettings withSkipUnreadable(boolean skipped) {
    return new ImageFileSettings(size, testFraction, maxPixels, upright, skipped);
  }

  /**
   * Refuses a share to hold out that was chosen in vain.
   *
   * @param source that has a test split
   */
  void requireNoTestFraction(String source) {
    if (testFraction != DEFAULT_TEST_FRACTION) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid test-fraction: %s (%s has a test split; only images without one are split)",
              testFraction,
              source));
    }
  }

  /**
   * Makes an image of a source ready to be stored.
   *
   * @param expected shape that every image must have; null for the first one
   * @throws IOException in one sentence that names the image, if it has another
   */
  DecodedImage prepare(byte[] file, String name, ImageShape expected) throws IOException {
    DecodedImage image = DecodedImage.decode(file, name, this);
    if (expected != null && !image.shape().equals(expected)) {
      throw new IOException(ofOtherSize(name, image.shape(), expected));
    }
    return image;
  }

  /** The sentence that refuses an image of another size than the first. */
  public static String ofOtherSize(String name, ImageShape shape, ImageShape expected) {
    return String.format(
        Locale.ROOT,
        "Cannot ingest image %s: it is %d×%d pixels, but the first is %d×%d (--image-size resizes all of them)",
        name,
        shape.width(),
        shape.height(),
        expected.width(),
        expected.height());
  }
}
