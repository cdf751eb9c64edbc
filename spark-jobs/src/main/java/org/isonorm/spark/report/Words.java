package org.isonorm.spark.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them. What is not known is a dash. */
final class Words {
  static final String UNKNOWN = "–";

  private Words() {}

  /** A share in 0..1 as 93.21%. */
  static String percent(double share) {
    return Double.isFinite(share)
        ? String.format(Locale.ROOT, "%.2f%%", 100 * share)
        : unknown(share);
  }

  /** A share in 0..1 as 93%. */
  static String wholePercent(double share) {
    return Double.isFinite(share)
        ? String.format(Locale.ROOT, "%.0f%%", 100 * share)
        : unknown(share);
  }

  /** 10000 as 10,000. */
  static String count(long value) {
    return String.format(Locale.US, "%,d", value);
  }

  /** A number of at most {@code digits} significant digits, such as 0.0012 or 1.2e-7. */
  static String number(double value, int digits) {
    if (!Double.isFinite(value)) {
      return unknown(value);
    }
    return decimal(new BigDecimal(value).round(new MathContext(digits)));
  }

  /**
   * A decimal number as it is, such as 0.25 or 20,000, or as 1.5e-7 if that is very small or large.
   */
  static String decimal(BigDecimal value) {
    if (value.signum() == 0) {
      return "0";
    }
    BigDecimal plain = value.stripTrailingZeros();
    int exponent = plain.precision() - plain.scale() - 1;
    if (exponent < -4 || exponent > 6) {
      return plain.movePointLeft(exponent).toPlainString() + "e" + exponent;
    }
    return exponent >= 3 && plain.scale() <= 0 ? count(plain.longValue()) : plain.toPlainString();
  }

  /** Seconds as 12.3 s, 4 min 05 s or 2 h 03 min. */
  static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return UNKNOWN;
    }
    if (seconds < 59.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < 3600) {
      return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
    }
    long minutes = Math.round(seconds / 60);
    return String.format(Locale.ROOT, "%s h %02d min", count(minutes / 60), minutes % 60);
  }

  /** 1 epoch, 2 epochs. */
  static String plural(long count, String noun) {
    return count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  private static String unknown(double value) {
    return Double.isInfinite(value) ? (value > 0 ? "∞" : "-∞") : UNKNOWN;
  }
}
