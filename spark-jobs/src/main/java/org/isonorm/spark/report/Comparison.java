package org.isonorm.spark.report;

import org.apache.commons.math3.stat.descriptive.StatisticalSummaryValues;
import org.apache.commons.math3.stat.inference.TTest;

/** Whether the seeds of two points tell which of them is better. */
final class Comparison {
  private static final double SIGNIFICANT = 0.05;

  private Comparison() {}

  /**
   * Why they do not tell, "" if they do: by Welch's t-test of two means, at 95% confidence.
   *
   * @param deviation of the sample, with n − 1
   */
  static String doubt(
      double mean, double deviation, int n, double otherMean, double otherDeviation, int otherN) {
    if (n < 2 || otherN < 2) {
      return "one seed";
    }
    boolean tells =
        deviation == 0 && otherDeviation == 0
            ? mean != otherMean
            : new TTest()
                    .tTest(summary(mean, deviation, n), summary(otherMean, otherDeviation, otherN))
                < SIGNIFICANT;
    return tells ? "" : "the next is within the seeds' spread";
  }

  private static StatisticalSummaryValues summary(double mean, double deviation, int n) {
    return new StatisticalSummaryValues(
        mean, deviation * deviation, n, Double.NaN, Double.NaN, n * mean);
  }
}
