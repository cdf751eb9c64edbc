package org.isonorm.spark.jobs;

/** Numbers of things in messages. */
public final class Plural {
  private Plural() {}

  /** As in "1 worker" and "2 workers". */
  public static String of(int number, String noun) {
    return "%d %s%s".formatted(number, noun, number == 1 ? "" : "s");
  }
}
