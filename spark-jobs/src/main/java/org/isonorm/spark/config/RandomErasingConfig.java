package org.isonorm.spark.config;

import java.util.List;
import org.isonorm.data.augmentation.RandomErasing;

/**
 * Group {@code augmentation.random-erasing}.
 *
 * @param probability of an image being erased, 0 for none
 * @param area least and greatest share of the image that is erased
 * @param aspectRatio least and greatest ratio of the rectangle's height to its width
 */
public record RandomErasingConfig(double probability, List<Double> area, List<Double> aspectRatio) {
  public RandomErasingConfig {
    area = List.copyOf(area);
    aspectRatio = List.copyOf(aspectRatio);
    Checks.check(
        probability >= 0 && probability <= 1,
        "augmentation.random-erasing.probability",
        Checks.plain(probability),
        "must be in [0, 1]");
    Checks.check(
        Checks.isRange(area) && area.get(1) < 1,
        "augmentation.random-erasing.area",
        area,
        "must be [least, greatest] with 0 < least <= greatest < 1");
    Checks.check(
        Checks.isRange(aspectRatio),
        "augmentation.random-erasing.aspect-ratio",
        aspectRatio,
        "must be [least, greatest] with 0 < least <= greatest");
  }

  RandomErasing settings() {
    return new RandomErasing(
        probability, area.get(0), area.get(1), aspectRatio.get(0), aspectRatio.get(1));
  }
}
