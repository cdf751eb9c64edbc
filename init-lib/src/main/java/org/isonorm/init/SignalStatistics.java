package org.isonorm.init;

/**
 * What a signal, activations or errors of a layer on one batch, comes to.
 *
 * @param norm Euclidean norm over all examples, pixels and channels
 * @param mean arithmetic mean
 * @param variance mean squared deviation from {@code mean}
 */
public record SignalStatistics(double norm, double mean, double variance) {

  /** Statistics of the values, summed in double precision. */
  public static SignalStatistics of(float[] values) {
    RealizedStatistics statistics = RealizedStatistics.of(values);
    return new SignalStatistics(statistics.norm(), statistics.mean(), statistics.variance());
  }

  /** Root mean square, √(mean² + variance), which the number of values does not enter. */
  public double rootMeanSquare() {
    return Math.sqrt(mean * mean + variance);
  }
}
