package org.isonorm.spark.config;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Values with equal ratios, such as 0.1, 1, 10. */
final class LogarithmicRange {
  /** Digits that tell two values of a sensible range apart and read well. */
  private static final MathContext DIGITS = new MathContext(4);

  private LogarithmicRange() {}

  /**
   * {@code count} values from the first to the last, both included, rounded to four digits.
   *
   * @throws IllegalArgumentException if an end is not positive or the count is below 2
   */
  static List<String> values(double from, double to, int count) {
    if (!(from > 0 && to > 0 && Double.isFinite(from) && Double.isFinite(to)) || count < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid range: %d values from %s to %s (must be at least 2 between positive numbers)",
              count,
              from,
              to));
    }
    return IntStream.range(0, count)
        .mapToDouble(i -> from * Math.pow(to / from, (double) i / (count - 1)))
        .mapToObj(value -> new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString())
        .toList();
  }
}
