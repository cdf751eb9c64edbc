package org.isonorm.spark.config;

import org.isonorm.data.augmentation.ColorJitter;

/**
 * Group {@code augmentation.color-jitter}.
 *
 * @param brightness how far its factor may lie from 1, 0 for none
 * @param contrast likewise
 * @param saturation likewise
 * @param hue greatest turn of the circle of colours, 0 for none
 */
public record ColorJitterConfig(double brightness, double contrast, double saturation, double hue) {
  public ColorJitterConfig {
    checkFactor("brightness", brightness);
    checkFactor("contrast", contrast);
    checkFactor("saturation", saturation);
    Checks.check(
        hue >= 0 && hue <= 0.5,
        "augmentation.color-jitter.hue",
        Checks.plain(hue),
        "must be in [0, 0.5]");
  }

  private static void checkFactor(String name, double value) {
    Checks.check(
        value >= 0 && Double.isFinite(value),
        "augmentation.color-jitter." + name,
        Checks.plain(value),
        "must be >= 0");
  }

  ColorJitter settings() {
    return new ColorJitter(brightness, contrast, saturation, hue);
  }
}
