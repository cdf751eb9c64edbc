package org.isonorm.spark.grid;

import java.util.Arrays;

/** Mean and spread of a sample. */
final class Sample {
  private Sample() {}

  /** NaN for none. */
  static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  /** Of the sample, with n − 1; NaN for fewer than two. */
  static double deviation(double[] values) {
    if (values.length < 2) {
      return Double.NaN;
    }
    double mean = mean(values);
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }
}
