package org.isonorm.init;

import java.math.BigDecimal;
import java.util.Locale;

/** Argument checks whose messages read as sentences. */
final class Checks {
  private Checks() {}

  static void positive(String what, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %d (must be > 0)", what, value));
    }
  }

  static void notNegative(String what, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %d (must be >= 0)", what, value));
    }
  }

  static void positiveAndFinite(String what, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid %s: %s (must be > 0 and finite)", what, plain(value)));
    }
  }

  static void notBlank(String what, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: \"%s\" (must not be blank)", what, value));
    }
  }

  /** The number as a person writes it: -1 rather than -1.0. */
  static String plain(double value) {
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
        : Double.toString(value);
  }
}
