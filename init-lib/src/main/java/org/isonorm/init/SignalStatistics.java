package org.isonorm.init;

/**
 * What a signal, activations or errors of a layer on one batch, comes to.
 *
 * @param norm Euclidean norm over all examples, pixels and channels
 * @param mean arithmetic mean
 * @param variance mean squared deviation from {@code mean}
 */
public record SignalStatistics(double norm, double mean, double variance) {

  /**
   * Statistics of the values, summed in double precision.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static SignalStatistics of(float[] values) {
    return of(values, values.length);
  }

  /**
   * Statistics of the first {@code count} values; else as above.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static SignalStatistics of(float[] values, int count) {
    Checks.positive("number of values", count);
    // Four sums beside each other, so that none waits for the addition before it. Starts depend on
    // those of RealizedStatistics to the last bit, so that these keep their order.
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    double squares0 = 0;
    double squares1 = 0;
    double squares2 = 0;
    double squares3 = 0;
    int even = count - count % 4;
    for (int i = 0; i < even; i += 4) {
      double value0 = values[i];
      double value1 = values[i + 1];
      double value2 = values[i + 2];
      double value3 = values[i + 3];
      sum0 += value0;
      sum1 += value1;
      sum2 += value2;
      sum3 += value3;
      squares0 += value0 * value0;
      squares1 += value1 * value1;
      squares2 += value2 * value2;
      squares3 += value3 * value3;
    }
    for (int i = even; i < count; i++) {
      sum0 += values[i];
      squares0 += (double) values[i] * values[i];
    }
    double mean = (sum0 + sum1 + (sum2 + sum3)) / count;
    double deviations0 = 0;
    double deviations1 = 0;
    double deviations2 = 0;
    double deviations3 = 0;
    for (int i = 0; i < even; i += 4) {
      double deviation0 = values[i] - mean;
      double deviation1 = values[i + 1] - mean;
      double deviation2 = values[i + 2] - mean;
      double deviation3 = values[i + 3] - mean;
      deviations0 += deviation0 * deviation0;
      deviations1 += deviation1 * deviation1;
      deviations2 += deviation2 * deviation2;
      deviations3 += deviation3 * deviation3;
    }
    for (int i = even; i < count; i++) {
      deviations0 += (values[i] - mean) * (values[i] - mean);
    }
    return new SignalStatistics(
        Math.sqrt(squares0 + squares1 + (squares2 + squares3)),
        mean,
        (deviations0 + deviations1 + (deviations2 + deviations3)) / count);
  }

  /** Of the same signal multiplied by a factor. */
  public SignalStatistics times(double factor) {
    return new SignalStatistics(Math.abs(factor) * norm, factor * mean, factor * factor * variance);
  }

  /** Root mean square, √(mean² + variance), which the number of values does not enter. */
  public double rootMeanSquare() {
    return Math.sqrt(mean * mean + variance);
  }
}
