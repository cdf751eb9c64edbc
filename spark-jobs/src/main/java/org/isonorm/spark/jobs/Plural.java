package org.isonorm.spark.jobs;

import java.util.Locale;

/** Numbers of things in messages. */
public final class Plural {
  private Plural() {}

  /** As in "1 worker" and "2 workers". */
  public static String of(long number, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
  }

  /**
   * As in "1 image/s" and "979 images/s".
   *
   * @param format of the number, as in "%,.0f"
   */
  public static String imagesPerSecond(String format, double rate) {
    String number = String.format(Locale.ROOT, format, rate);
    return number + (number.equals("1") ? " image/s" : " images/s");
  }
}
