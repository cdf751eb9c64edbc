package org.isonorm.init;

/**
 * What a drawn weight tensor came out as, to set beside the plan's target.
 *
 * @param count number of values
 * @param mean arithmetic mean
 * @param variance mean squared deviation from {@code mean} (divided by count, not count - 1)
 * @param norm Euclidean norm
 */
public record RealizedStatistics(long count, double mean, double variance, double norm) {

  /**
   * Statistics of the values, summed in double precision.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static RealizedStatistics of(float[] values) {
    Checks.positive("number of values", values.length);
    double sum = 0;
    double sumOfSquares = 0;
    for (float value : values) {
      sum += value;
      sumOfSquares += (double) value * value;
    }
    double mean = sum / values.length;
    double sumOfSquaredDeviations = 0;
    for (float value : values) {
      sumOfSquaredDeviations += (value - mean) * (value - mean);
    }
    return new RealizedStatistics(
        values.length, mean, sumOfSquaredDeviations / values.length, Math.sqrt(sumOfSquares));
  }
}
