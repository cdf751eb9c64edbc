package org.isonorm.spark.config;

import org.isonorm.data.AugmentationSettings;

/**
 * Group {@code augmentation}.
 *
 * @param cropPadding pixels added on every side before a random crop, 0 for no crop
 * @param flip whether images are mirrored with probability ½
 * @param cutout side in pixels of the blanked square, 0 for none
 */
public record AugmentationConfig(int cropPadding, boolean flip, int cutout) {
  public AugmentationConfig {
    Checks.atLeast("augmentation.crop-padding", cropPadding, 0);
    Checks.atLeast("augmentation.cutout", cutout, 0);
  }

  /** The settings as data preparation takes them. */
  public AugmentationSettings settings() {
    return new AugmentationSettings(cropPadding, flip, cutout);
  }
}
