package org.isonorm.spark.schedule;

/** Argument checks that the schedules share. */
final class Checks {
  private Checks() {}

  static void learningRate(double learningRate) {
    if (!(learningRate > 0 && Double.isFinite(learningRate))) {
      throw new IllegalArgumentException(
          "Invalid learning rate: %s (must be > 0 and finite)".formatted(learningRate));
    }
  }

  static void step(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("Invalid step: %d (must be >= 0)".formatted(step));
    }
  }
}
