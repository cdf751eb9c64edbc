package org.isonorm.spark.config;

import org.isonorm.data.augmentation.AugmentationSettings;

/**
 * Group {@code augmentation}.
 *
 * @param cropPadding pixels added on every side before a random crop, 0 for no crop
 * @param flip whether images are mirrored with probability ½
 * @param autoAugment whether images get a random sub-policy of AutoAugment's
 * @param cutout side in pixels of the blanked square, 0 for none
 * @param randomErasing the blanked rectangle
 * @param mixing how the images of a batch are mixed
 * @param labelSmoothing share of a label that is spread over all classes
 */
public record AugmentationConfig(
    int cropPadding,
    boolean flip,
    boolean autoAugment,
    int cutout,
    RandomErasingConfig randomErasing,
    MixingConfig mixing,
    double labelSmoothing) {
  public AugmentationConfig {
    Checks.atLeast("augmentation.crop-padding", cropPadding, 0);
    Checks.atLeast("augmentation.cutout", cutout, 0);
    Checks.check(
        labelSmoothing >= 0 && labelSmoothing < 1,
        "augmentation.label-smoothing",
        Checks.plain(labelSmoothing),
        "must be in [0, 1)");
  }

  /** The settings as data preparation takes them. */
  public AugmentationSettings settings() {
    return new AugmentationSettings(
        cropPadding,
        flip,
        autoAugment,
        cutout,
        randomErasing.settings(),
        mixing.settings(),
        labelSmoothing);
  }
}
