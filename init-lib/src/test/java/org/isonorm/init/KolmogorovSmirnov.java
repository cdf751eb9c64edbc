package org.isonorm.init;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** The one-sample Kolmogorov-Smirnov test of a distribution function. */
final class KolmogorovSmirnov {
  /**
   * √(-ln(α/2)/2) at α = .001: a sample of the distribution exceeds it once in a thousand seeds.
   * Tests fix the seed, so they either always pass or always fail.
   */
  static final double CRITICAL = 1.95;

  private KolmogorovSmirnov() {}

  /** √count · sup |empirical distribution function - distribution function|. */
  static double statistic(double[] sample, DoubleUnaryOperator distributionFunction) {
    double[] sorted = sample.clone();
    Arrays.sort(sorted);
    double count = sorted.length;
    double largest = 0;
    for (int i = 0; i < sorted.length; i++) {
      double expected = distributionFunction.applyAsDouble(sorted[i]);
      largest = Math.max(largest, Math.max(expected - i / count, (i + 1) / count - expected));
    }
    return Math.sqrt(count) * largest;
  }
}
