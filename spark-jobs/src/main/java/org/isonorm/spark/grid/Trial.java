package org.isonorm.spark.grid;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.config.IsonormConfig;

/**
 * One run of a grid. Lives on the driver.
 *
 * @param number in the order of enumeration, from 1
 * @param point the values of the axes but the seed's, sorted by key
 * @param config the run's configuration
 */
record Trial(
    int number, Protocol protocol, Map<String, String> point, long seed, IsonormConfig config) {
  /** What Linux's file systems and HDFS take; the names here are ASCII. */
  private static final int LONGEST_FILE_NAME = 255;

  /** Characters that remain of the axes of a longer name. */
  private static final int SHORTENED_AXES = 160;

  Trial {
    point = Collections.unmodifiableMap(new TreeMap<>(point));
  }

  /**
   * Names its folder: {@code 003-init-gamma-0.4-learning-rate-0.1-seed-1}; of a point that no name
   * of a file can hold, the beginning alone, which the number tells from the others.
   */
  String name() {
    String first =
        String.format(Locale.ROOT, "%03d-%s", number, protocol == Protocol.PAPER ? "" : "control-");
    String axes =
        point.entrySet().stream()
            .map(axis -> lastPart(axis.getKey()) + "-" + fileName(axis.getValue()) + "-")
            .collect(Collectors.joining());
    String last = "seed-" + seed;
    return first.length() + axes.length() + last.length() <= LONGEST_FILE_NAME
        ? first + axes + last
        : first + axes.substring(0, SHORTENED_AXES) + "_etc-" + last;
  }

  /** For people: {@code init-gamma 0.4, learning-rate 0.1}. */
  static String describe(String protocol, Map<String, String> point) {
    String axes =
        point.isEmpty()
            ? "the one point"
            : point.entrySet().stream()
                .map(axis -> lastPart(axis.getKey()) + " " + axis.getValue())
                .collect(Collectors.joining(", "));
    return protocol.equals("paper") ? axes : axes + ", protocol " + protocol;
  }

  /** Epochs of the whole trial. */
  int epochs() {
    return config.training().epochs();
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  private static String fileName(String value) {
    return value.replaceAll("[^A-Za-z0-9.+-]", "_");
  }
}
