package org.isonorm.spark.report;

import java.util.Arrays;

/** Points of a curve in the order of x, few enough to draw. */
record Thinning(double[] x, double[] y) {

  /**
   * Keeps at most {@code limit} points: of equally many neighbours each the lowest and the highest,
   * so that a spike survives. A stretch without any finite value stays a gap.
   *
   * @param limit at least 2
   */
  static Thinning of(double[] x, double[] y, int limit) {
    if (x.length <= limit) {
      return new Thinning(x, y);
    }
    int buckets = limit / 2;
    double[] keptX = new double[2 * buckets];
    double[] keptY = new double[2 * buckets];
    int kept = 0;
    for (int bucket = 0; bucket < buckets; bucket++) {
      int from = (int) ((long) bucket * x.length / buckets);
      int to = (int) ((bucket + 1L) * x.length / buckets);
      int lowest = from;
      int highest = from;
      for (int i = from + 1; i < to; i++) {
        lowest = Double.isNaN(y[lowest]) || y[i] < y[lowest] ? i : lowest;
        highest = Double.isNaN(y[highest]) || y[i] > y[highest] ? i : highest;
      }
      int first = Math.min(lowest, highest);
      int second = Math.max(lowest, highest);
      keptX[kept] = x[first];
      keptY[kept++] = y[first];
      if (second != first) {
        keptX[kept] = x[second];
        keptY[kept++] = y[second];
      }
    }
    return new Thinning(Arrays.copyOf(keptX, kept), Arrays.copyOf(keptY, kept));
  }
}
