package org.isonorm.spark.jobs;

import java.util.Locale;

/** Numbers of things in messages. */
public final class Plural {
  private Plural() {}

  /** As in "1 worker" and "2 workers". */
  public static String of(int number, String noun) {
    return String.format(Locale.ROOT, "%d %s%s", number, noun, number == 1 ? "" : "s");
  }
}
