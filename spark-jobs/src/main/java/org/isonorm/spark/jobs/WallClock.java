package org.isonorm.spark.jobs;

import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times as the lines say them that a person watches. */
public final class WallClock {
  private static final DateTimeFormatter TIME_OF_DAY =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

  private WallClock() {}

  /** Any text behind the time of day. */
  public static String stamped(String text) {
    return LocalTime.now(ZoneId.systemDefault()).format(TIME_OF_DAY) + "  " + text;
  }

  /** A duration as 1h05m or 4m09s. */
  public static String words(Duration duration) {
    return duration.toHours() > 0
        ? String.format(Locale.ROOT, "%dh%02dm", duration.toHours(), duration.toMinutesPart())
        : String.format(Locale.ROOT, "%dm%02ds", duration.toMinutes(), duration.toSecondsPart());
  }
}
