package org.isonorm.spark.config;

import java.util.regex.Pattern;

/**
 * Keeps credentials, such as those of an object store among Spark's settings, out of files that a
 * run leaves behind.
 */
public final class Secrets {
  private static final String WITHHELD = "(withheld)";

  /** What Spark, too, takes for the name of a secret when it shows its settings. */
  private static final String NAME = "(secret|password|token|credential|access[.-]?key)";

  private static final Pattern KEY = Pattern.compile("(?i).*" + NAME + ".*");
  private static final Pattern SETTING = Pattern.compile("(?im)^(.*" + NAME + "[^=:\\n]*[=:]).*$");

  private Secrets() {}

  /** Whether a setting of that name is a secret. */
  static boolean isSecret(String key) {
    return KEY.matcher(key).matches();
  }

  /** A config's text without the rest of each line that sets a secret. */
  public static String withhold(String configText) {
    return SETTING.matcher(configText).replaceAll("$1 " + WITHHELD);
  }

  /** The value of a setting, or that it is withheld. */
  public static String withhold(String key, String value) {
    return isSecret(key) ? WITHHELD : value;
  }
}
