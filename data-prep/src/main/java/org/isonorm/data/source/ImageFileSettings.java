package org.isonorm.data.source;

import java.io.IOException;
import java.io.Serializable;
import org.isonorm.data.shard.ImageShape;

/**
 * How image files become a data set.
 *
 * @param size pixels a side that every image is resized to, by a triangle filter (bilinear, and a
 *     weighted mean where it shrinks), whatever its aspect; 0 to leave images as they are, which
 *     must then be of one size
 * @param testFraction share of each class that is held out for the test split, where the source is
 *     not split itself
 */
public record ImageFileSettings(int size, double testFraction) implements Serializable {
  public static final double DEFAULT_TEST_FRACTION = 0.2;

  /** Images as they are; a fifth of them is held out. */
  public static final ImageFileSettings DEFAULT = new ImageFileSettings(0, DEFAULT_TEST_FRACTION);

  public ImageFileSettings {
    if (size < 0) {
      throw new IllegalArgumentException(
          "Invalid image-size: %d (must be > 0, or 0 to leave images as they are)".formatted(size));
    }
    if (!(testFraction > 0 && testFraction < 1)) {
      throw new IllegalArgumentException(
          "Invalid test-fraction: %s (must be in (0, 1))".formatted(testFraction));
    }
  }

  /**
   * Makes an image of a source ready to be stored.
   *
   * @param expected shape that every image must have; null for the first one
   * @throws IOException in one sentence that names the image, if it has another
   */
  DecodedImage prepare(byte[] file, String name, ImageShape expected) throws IOException {
    DecodedImage image = DecodedImage.decode(file, name);
    if (size > 0) {
      return image.resized(size);
    }
    if (expected != null && !image.shape().equals(expected)) {
      throw new IOException(
          "Cannot ingest image %s: it is %d×%d pixels, but the first is %d×%d (--image-size resizes all of them)"
              .formatted(
                  name,
                  image.shape().width(),
                  image.shape().height(),
                  expected.width(),
                  expected.height()));
    }
    return image;
  }
}
