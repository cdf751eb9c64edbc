package org.isonorm.spark.report;

import java.util.Map;
import java.util.TreeSet;
import org.apache.commons.math3.distribution.TDistribution;
import org.isonorm.spark.run.Sample;

/**
 * How one configuration differs from another over the seeds that both were run at: what a seed does
 * to both does not count.
 *
 * @param mean of the differences
 * @param deviation of them; NaN for fewer than two
 * @param pairs seeds that both have
 */
record PairedDifference(double mean, double deviation, int pairs) {
  /** Of the interval. */
  private static final double CONFIDENCE = .95;

  /**
   * The first less the second.
   *
   * @param first by seed
   * @param second likewise
   */
  static PairedDifference of(Map<String, Double> first, Map<String, Double> second) {
    TreeSet<String> seeds = new TreeSet<>(first.keySet());
    seeds.retainAll(second.keySet());
    double[] differences =
        seeds.stream().mapToDouble(seed -> first.get(seed) - second.get(seed)).toArray();
    return new PairedDifference(
        Sample.mean(differences), Sample.deviation(differences), differences.length);
  }

  /**
   * Half of the width of the 95 % confidence interval of the mean, by Student's t; NaN for fewer
   * than two pairs.
   */
  double halfWidth() {
    return pairs < 2
        ? Double.NaN
        : new TDistribution(pairs - 1.).inverseCumulativeProbability((1 + CONFIDENCE) / 2)
            * deviation
            / Math.sqrt(pairs);
  }
}
