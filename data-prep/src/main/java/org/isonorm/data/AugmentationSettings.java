package org.isonorm.data;

import java.io.Serializable;

/**
 * Which augmentations training images get, in this order: crop, flip, normalize, Cutout.
 *
 * @param cropPadding black pixels added on every side before a random crop back to the image's
 *     size; 0 for no crop
 * @param flip whether an image is mirrored left to right with probability ½
 * @param cutoutLength side in pixels of the square that Cutout (DeVries and Taylor 2017) blanks; 0
 *     for none
 */
public record AugmentationSettings(int cropPadding, boolean flip, int cutoutLength)
    implements Serializable {
  /** Images as they are. */
  public static final AugmentationSettings NONE = new AugmentationSettings(0, false, 0);

  /** Crop with padding 4 and flip, as the CIFAR recipes have it. */
  public static final AugmentationSettings CROP_AND_FLIP = new AugmentationSettings(4, true, 0);

  public AugmentationSettings {
    if (cropPadding < 0) {
      throw new IllegalArgumentException(
          "Invalid crop-padding: %d (must be >= 0)".formatted(cropPadding));
    }
    if (cutoutLength < 0) {
      throw new IllegalArgumentException(
          "Invalid cutout-length: %d (must be >= 0)".formatted(cutoutLength));
    }
  }

  /** These settings with Cutout of that side length. */
  public AugmentationSettings withCutout(int length) {
    return new AugmentationSettings(cropPadding, flip, length);
  }
}
