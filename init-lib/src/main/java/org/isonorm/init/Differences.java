package org.isonorm.init;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** Derivatives by differences of fourth order. */
final class Differences {
  /**
   * Truncation leaves STEP⁴ = 1e-12 of the fifth derivative, rounding 1e-16 / STEP = 1e-13 of the
   * function.
   */
  private static final double STEP = 1e-3;

  private Differences() {}

  /** The derivative; one-sided where a kink is within reach. */
  static DoubleUnaryOperator derivative(DoubleUnaryOperator f, double... kinks) {
    double[] sorted = Arrays.stream(kinks).sorted().distinct().toArray();
    double least = STEP;
    for (int i = 1; i < sorted.length; i++) {
      // One-sided differences reach over four steps, from either kink of a pair.
      least = Math.min(least, (sorted[i] - sorted[i - 1]) / 8);
    }
    double step = least;
    return x -> {
      for (double kink : sorted) {
        if (Math.abs(x - kink) < 2 * step) {
          return oneSided(f, x, x < kink ? -step : step);
        }
      }
      return (f.applyAsDouble(x - 2 * step)
              - 8 * f.applyAsDouble(x - step)
              + 8 * f.applyAsDouble(x + step)
              - f.applyAsDouble(x + 2 * step))
          / (12 * step);
    };
  }

  private static double oneSided(DoubleUnaryOperator f, double x, double step) {
    return (-25 * f.applyAsDouble(x)
            + 48 * f.applyAsDouble(x + step)
            - 36 * f.applyAsDouble(x + 2 * step)
            + 16 * f.applyAsDouble(x + 3 * step)
            - 3 * f.applyAsDouble(x + 4 * step))
        / (12 * step);
  }
}
