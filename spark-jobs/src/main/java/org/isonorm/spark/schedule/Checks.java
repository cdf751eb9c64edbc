package org.isonorm.spark.schedule;

import java.util.Locale;

/** Argument checks that the schedules share. */
final class Checks {
  private Checks() {}

  static void learningRate(double learningRate) {
    if (!(learningRate > 0 && Double.isFinite(learningRate))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid learning rate: %s (must be > 0 and finite)", learningRate));
    }
  }

  static void step(long step) {
    if (step < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid step: %d (must be >= 0)", step));
    }
  }
}
