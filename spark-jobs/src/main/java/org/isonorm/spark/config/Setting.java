package org.isonorm.spark.config;

import java.util.Locale;

/**
 * A value given to a key outside any file. The value is a HOCON list, object or quoted string if it
 * begins like one, otherwise text as it stands, so that URIs need no quotes.
 *
 * @param key full key, such as {@code averaging.frequency}
 * @param value the value as written
 * @param origin where it was written, as messages say it: {@code --set}
 */
public record Setting(String key, String value, String origin) {
  /** How messages call the origin of {@link #parse}'s settings. */
  static final String SET = "--set";

  /**
   * A setting from {@code key=value}.
   *
   * @throws IllegalArgumentException if there is no =
   */
  public static Setting parse(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s (must be key=value, as in averaging.frequency=4)",
              SET,
              assignment));
    }
    return new Setting(
        assignment.substring(0, equals).strip(), assignment.substring(equals + 1).strip(), SET);
  }
}
