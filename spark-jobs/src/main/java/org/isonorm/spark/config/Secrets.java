package org.isonorm.spark.config;

import java.util.regex.Pattern;

/**
 * Keeps credentials, such as those of an object store among Spark's settings, out of files that a
 * run leaves behind.
 */
public final class Secrets {
  private static final String WITHHELD = "(withheld)";

  /** What Spark, too, takes for the name of a secret when it shows its settings. */
  private static final String NAME =
      "(secret|password|passwd|passphrase|token|credential|(access|account|private|api|encryption)[._-]?key|[.]sas[.])";

  private static final Pattern KEY = Pattern.compile("(?i).*" + NAME + ".*");
  private static final Pattern SETTING = Pattern.compile("(?im)^(.*" + NAME + "[^=:\\n]*[=:]).*$");

  /** A secret within a value, as in {@code -Djavax.net.ssl.trustStorePassword=…}. */
  private static final Pattern VALUE = Pattern.compile("(?i)" + NAME + "[^=:\\s]*[=:]");

  /** User and password of a URI. */
  private static final Pattern USER = Pattern.compile("(?<=://)[^/@\\s\"']+:[^/@\\s\"']+@");

  private Secrets() {}

  /** Whether a setting is a secret, by its name, or holds one. */
  static boolean isSecret(String key, String value) {
    return KEY.matcher(key).matches() || VALUE.matcher(value).find() || USER.matcher(value).find();
  }

  /** A text without the users and passwords of its URIs. */
  public static String withholdUsers(String text) {
    return USER.matcher(text).replaceAll(WITHHELD + "@");
  }

  /** A config's text without the rest of each line that sets a secret. */
  public static String withhold(String configText) {
    return withholdUsers(SETTING.matcher(configText).replaceAll("$1 " + WITHHELD));
  }

  /** The value of a setting, or that it is withheld. */
  public static String withhold(String key, String value) {
    return isSecret(key, value) ? WITHHELD : value;
  }
}
