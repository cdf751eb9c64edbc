package org.isonorm.spark.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.function.Supplier;

/** Checks of settings, whose messages name the full key. */
public final class Checks {
  private Checks() {}

  static void atLeast(String key, long value, long least) {
    check(value >= least, key, value, "must be >= " + least);
  }

  static void positive(String key, double value) {
    check(value > 0 && Double.isFinite(value), key, plain(value), "must be > 0 and finite");
  }

  static void notNegative(String key, double value) {
    check(value >= 0 && Double.isFinite(value), key, plain(value), "must be >= 0 and finite");
  }

  static void notBlank(String key, String value) {
    check(!value.isBlank(), key, value, "must not be blank");
  }

  /** Whether these are a least and a greatest number above 0. */
  static boolean isRange(List<Double> bounds) {
    return bounds.size() == 2
        && bounds.get(0) > 0
        && bounds.get(0) <= bounds.get(1)
        && Double.isFinite(bounds.get(1));
  }

  /** Fails with {@code Invalid KEY: VALUE (REQUIREMENT)} unless the condition holds. */
  public static void check(boolean valid, String key, Object value, String requirement) {
    if (!valid) {
      throw new InvalidSettingException(key, value, requirement);
    }
  }

  /**
   * Runs a check of a stage that knows no keys; its message {@code Invalid something: the rest}
   * becomes {@code Invalid KEY: the rest}.
   */
  static <T> T delegate(String key, Supplier<T> check) {
    try {
      return check.get();
    } catch (IllegalArgumentException e) {
      String message = e.getMessage();
      throw new InvalidSettingException(
          key, "Invalid " + key + ": " + message.substring(message.indexOf(": ") + 2));
    }
  }

  /** The number as a person writes it: -1 rather than -1.0. */
  static String plain(double value) {
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
        : Double.toString(value);
  }
}
