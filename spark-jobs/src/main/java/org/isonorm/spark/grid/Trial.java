package org.isonorm.spark.grid;

import java.util.Collections;
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
  Trial {
    point = Collections.unmodifiableMap(new TreeMap<>(point));
  }

  /** Names its folder: {@code 003-init-gamma-0.4-learning-rate-0.1-seed-1}. */
  String name() {
    return "%03d-%s%sseed-%d"
        .formatted(
            number,
            protocol == Protocol.PAPER ? "" : "control-",
            point.entrySet().stream()
                .map(axis -> lastPart(axis.getKey()) + "-" + fileName(axis.getValue()) + "-")
                .collect(Collectors.joining()),
            seed);
  }

  /** For people: {@code init-gamma 0.4, learning-rate 0.1}. */
  static String describe(String protocol, Map<String, String> point) {
    String axes =
        point.entrySet().stream()
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
