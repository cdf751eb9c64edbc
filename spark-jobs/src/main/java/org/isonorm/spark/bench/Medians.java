package org.isonorm.spark.bench;

import java.util.List;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/** The figure of several rounds. */
final class Medians {
  private Medians() {}

  /** The value in the middle; of an even number of them the mean of the middle two. */
  static double of(List<Double> rounds) {
    return new Median().evaluate(rounds.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
