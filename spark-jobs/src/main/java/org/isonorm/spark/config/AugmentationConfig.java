package org.isonorm.spark.config;

import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.CropFill;
import org.isonorm.data.augmentation.FlipMethod;

/**
 * Group {@code augmentation}.
 *
 * @param cropPadding pixels added on every side before a random crop, 0 for no crop
 * @param cropFill what these pixels are
 * @param randomResizedCrop the window that takes an image's place
 * @param flip which images are mirrored
 * @param colorJitter how colours are changed
 * @param autoAugment whether images get a random sub-policy of AutoAugment's
 * @param cutout side in pixels of the blanked square, 0 for none
 * @param randomErasing the blanked rectangle
 * @param mixing how the images of a batch are mixed
 * @param labelSmoothing share of a label that is spread over all classes
 */
public record AugmentationConfig(
    int cropPadding,
    CropFill cropFill,
    RandomResizedCropConfig randomResizedCrop,
    Flip flip,
    ColorJitterConfig colorJitter,
    boolean autoAugment,
    int cutout,
    RandomErasingConfig randomErasing,
    MixingConfig mixing,
    double labelSmoothing) {
  /** Which images are mirrored left to right. */
  public enum Flip {
    /** Each with probability ½. */
    TRUE(FlipMethod.RANDOM),
    /** None. */
    FALSE(FlipMethod.NONE),
    /** Each in every second epoch. */
    ALTERNATING(FlipMethod.ALTERNATING);

    private final FlipMethod method;

    Flip(FlipMethod method) {
      this.method = method;
    }
  }

  public AugmentationConfig {
    Checks.atLeast("augmentation.crop-padding", cropPadding, 0);
    Checks.check(
        cropPadding == 0 || randomResizedCrop.probability() == 0,
        "augmentation.crop-padding",
        cropPadding,
        "must be 0 with augmentation.random-resized-crop");
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
        cropFill,
        randomResizedCrop.settings(),
        flip.method,
        colorJitter.settings(),
        autoAugment,
        cutout,
        randomErasing.settings(),
        mixing.settings(),
        labelSmoothing);
  }
}
