package org.isonorm.spark.config;

import java.util.List;
import org.isonorm.data.augmentation.RandomResizedCrop;

/**
 * Group {@code augmentation.random-resized-crop}.
 *
 * @param probability of an image being cropped, 0 for none
 * @param area least and greatest share of the image that is kept
 * @param aspectRatio least and greatest ratio of the window's width to its height
 */
public record RandomResizedCropConfig(
    double probability, List<Double> area, List<Double> aspectRatio) {
  public RandomResizedCropConfig {
    area = List.copyOf(area);
    aspectRatio = List.copyOf(aspectRatio);
    Checks.check(
        probability >= 0 && probability <= 1,
        "augmentation.random-resized-crop.probability",
        Checks.plain(probability),
        "must be in [0, 1]");
    Checks.check(
        Checks.isRange(area) && area.get(1) <= 1,
        "augmentation.random-resized-crop.area",
        area,
        "must be [least, greatest] with 0 < least <= greatest <= 1");
    Checks.check(
        Checks.isRange(aspectRatio),
        "augmentation.random-resized-crop.aspect-ratio",
        aspectRatio,
        "must be [least, greatest] with 0 < least <= greatest");
  }

  RandomResizedCrop settings() {
    return new RandomResizedCrop(
        probability, area.get(0), area.get(1), aspectRatio.get(0), aspectRatio.get(1));
  }
}
