package org.isonorm.data.shard;

import java.io.Serializable;
import java.util.Locale;

/**
 * The square in the middle of stored images that a network sees when it is evaluated: 224 pixels of
 * images that were ingested at 256, by the field's convention.
 *
 * @param side of the square in pixels; 0 where the network sees all of an image
 */
public record CenterCrop(int side) implements Serializable {
  /** All of an image. */
  public static final CenterCrop NONE = new CenterCrop(0);

  public CenterCrop {
    if (side < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid center-crop: %d (must be >= 0)", side));
    }
  }

  /**
   * What the network sees of images of a shape.
   *
   * @throws IllegalArgumentException if they are smaller than the square
   */
  public ImageShape of(ImageShape stored) {
    if (side == 0) {
      return stored;
    }
    if (side > stored.height() || side > stored.width()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid center-crop: %d (must be at most the sides of the images, %dx%d)",
              side,
              stored.height(),
              stored.width()));
    }
    return new ImageShape(side, side, stored.channels());
  }
}
