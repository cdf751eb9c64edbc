package org.isonorm.spark.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;

/**
 * A labelled axis with round tick values. A value's position counts ticks, so that every whole
 * position is a tick.
 *
 * @param title what is measured, with its unit
 * @param step between two ticks: in values, or in decades if logarithmic
 * @param from the position where the axis begins
 * @param to the position where it ends
 */
record Axis(String title, double step, double from, double to, boolean logarithmic) {
  /** From here on, a linear axis would press the smaller values flat. */
  private static final double DECADES_FOR_LOGARITHM = 2;

  /**
   * What a quotient of doubles may be off a whole number: far above their precision, far below a
   * pixel.
   */
  private static final double ROUNDING = 1e-9;

  /** From zero to the highest value. */
  static Axis fromZero(String title, double... values) {
    double highest = Arrays.stream(values).filter(Axis::isDrawable).max().orElse(1);
    double step = roundStep(highest, 5);
    return new Axis(title, step, 0, Math.ceil(highest / step - ROUNDING), false);
  }

  /** Around the values, which need not be near zero. */
  static Axis around(String title, double... values) {
    double[] drawable = Arrays.stream(values).filter(Double::isFinite).toArray();
    double lowest = Arrays.stream(drawable).min().orElse(0);
    double highest = Arrays.stream(drawable).max().orElse(1);
    double span = highest > lowest ? highest - lowest : Math.max(1e-3, Math.abs(highest));
    double step = roundStep(span, 5);
    double from = Math.floor(lowest / step + ROUNDING);
    return new Axis(
        title, step, from, Math.max(from + 1, Math.ceil(highest / step - ROUNDING)), false);
  }

  /** From one value to another, where ticks are whole numbers. */
  static Axis whole(String title, double from, double to) {
    double step = Math.max(1, roundStep(to - from, 9));
    return new Axis(title, step, from / step, to / step, false);
  }

  /** Powers of ten around the positive values. */
  static Axis logarithmic(String title, double... values) {
    double lowest = Arrays.stream(values).filter(Axis::isDrawable).min().orElse(1);
    double highest = Arrays.stream(values).filter(Axis::isDrawable).max().orElse(10);
    double from = Math.floor(Math.log10(lowest));
    double to = Math.max(from + 1, Math.ceil(Math.log10(highest)));
    // Within a single decade, two ticks would say little.
    double step = to - from > 1 ? Math.ceil((to - from) / 6) : 1.0 / 3;
    return new Axis(
        title + ", log scale",
        step,
        Math.floor(from / step + ROUNDING),
        Math.ceil(to / step - ROUNDING),
        true);
  }

  /** From zero, or by powers of ten where the positive values span some decades. */
  static Axis ofSpan(String title, double... values) {
    double lowest = Arrays.stream(values).filter(Axis::isDrawable).min().orElse(1);
    double highest = Arrays.stream(values).filter(Axis::isDrawable).max().orElse(1);
    return Math.log10(highest / lowest) >= DECADES_FOR_LOGARITHM
        ? logarithmic(title, values)
        : fromZero(title, values);
  }

  /** Around the values, or by powers of ten where the positive values span some decades. */
  static Axis aroundOrLogarithmic(String title, double... values) {
    Axis spanning = ofSpan(title, values);
    return spanning.logarithmic() ? spanning : around(title, values);
  }

  private static boolean isDrawable(double value) {
    return Double.isFinite(value) && value > 0;
  }

  /** 1, 2 or 5 times a power of ten, so that at most {@code most} steps cover the span. */
  private static double roundStep(double span, int most) {
    double power = Math.pow(10, Math.floor(Math.log10(span / most)));
    for (double factor : new double[] {1, 2, 5}) {
      if (factor * power * most >= span * (1 - ROUNDING)) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  /** Where a value lies; NaN if it cannot be drawn. */
  double position(double value) {
    if (!Double.isFinite(value) || (logarithmic && value <= 0)) {
      return Double.NaN;
    }
    return (logarithmic ? Math.log10(value) : value) / step;
  }

  double[] positions(double[] values) {
    return Arrays.stream(values).map(this::position).toArray();
  }

  /** The words at a position: 0.25, 20,000 or, on a logarithmic axis, 0.01 and 1e-5. */
  String tick(double position) {
    double coordinate = position * step;
    return Words.decimal(
        logarithmic
            ? power(coordinate)
            : BigDecimal.valueOf(coordinate)
                .setScale(4 - (int) Math.floor(Math.log10(step)), RoundingMode.HALF_EVEN));
  }

  private static BigDecimal power(double exponent) {
    long whole = Math.round(exponent);
    return Math.abs(exponent - whole) < ROUNDING
        ? BigDecimal.ONE.scaleByPowerOfTen((int) whole)
        : BigDecimal.valueOf(Math.pow(10, exponent)).round(new MathContext(3));
  }
}
