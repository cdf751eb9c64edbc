package org.isonorm.spark.config;

import java.util.Locale;

/** A bad value of a known key; whoever knows where the value was written adds it to the message. */
final class InvalidSettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String key;

  /**
   * An error that reads {@code Invalid KEY: VALUE (must be …)}.
   *
   * @param requirement what the parentheses hold
   */
  InvalidSettingException(String key, Object value, String requirement) {
    this(key, String.format(Locale.ROOT, "Invalid %s: %s (%s)", key, text(value), requirement));
  }

  /** An error whose message is a sentence already. */
  InvalidSettingException(String key, String message) {
    super(message);
    this.key = key;
  }

  /** The full key, such as {@code averaging.frequency}. */
  String key() {
    return key;
  }

  private static String text(Object value) {
    return value instanceof String text && text.isBlank()
        ? '"' + text + '"'
        : String.valueOf(value);
  }
}
