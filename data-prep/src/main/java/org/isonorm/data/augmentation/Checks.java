package org.isonorm.data.augmentation;

import java.util.Locale;

/** Checks that several augmentations have in common; their messages name the setting. */
final class Checks {
  private Checks() {}

  static void probability(String augmentation, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid %s probability: %s (must be in [0, 1])", augmentation, value));
    }
  }

  /** Of a rectangle's width to its height. */
  static void aspectRatio(String augmentation, double least, double greatest) {
    if (!(least > 0 && least <= greatest && greatest < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s aspect-ratio: %s to %s (must be 0 < least <= greatest)",
              augmentation,
              least,
              greatest));
    }
  }
}
