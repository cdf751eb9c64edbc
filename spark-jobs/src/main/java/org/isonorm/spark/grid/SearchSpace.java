package org.isonorm.spark.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.isonorm.spark.config.AveragingConfig.Engine;
import org.isonorm.spark.config.GridConfig;
import org.isonorm.spark.config.GridConfig.Mode;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;

/**
 * The trials of a configuration, in an order that depends on it alone: protocol by protocol, the
 * axes sorted by key with the last one running fastest, the seeds of a point one after another.
 */
final class SearchSpace {
  /** What differs between two calls of the same grid without changing any trial's result. */
  private static final List<String> OF_THE_CALL =
      List.of(
          "run.name",
          "run.output",
          "run.tensorboard",
          "run.note",
          "training.threads-per-worker",
          "averaging.round-timeout-seconds",
          "grid.parallel-trials",
          "grid.keep-models",
          "grid.budget-trials",
          "grid.budget-minutes");

  private static final String LEARNING_RATE = "optimizer.learning-rate";

  private SearchSpace() {}

  /**
   * All trials, each with a valid configuration.
   *
   * @throws IllegalArgumentException if a value of an axis is bad or a key cannot be an axis
   */
  static List<Trial> trials(IsonormConfig base) {
    GridConfig grid = base.grid();
    check(base);
    Map<String, List<String>> axes = new TreeMap<>(grid.axes());
    List<String> seedAxis = axes.remove(GridConfig.SEED);
    List<String> seeds =
        seedAxis == null
            ? LongStream.range(base.run().seed(), base.run().seed() + grid.seedsPerPoint())
                .mapToObj(Long::toString)
                .toList()
            : seedAxis;
    List<Trial> trials = new ArrayList<>();
    for (Protocol protocol : grid.protocols()) {
      for (Map<String, String> point : points(axes)) {
        for (String seed : seeds) {
          IsonormConfig config = config(base, protocol, point, seed);
          trials.add(new Trial(trials.size() + 1, protocol, point, config.run().seed(), config));
        }
      }
    }
    if (grid.targetAccuracy() > 0) {
      trials.forEach(trial -> checkTimed(trial.config(), grid));
    }
    return trials;
  }

  private static void checkTimed(IsonormConfig trial, GridConfig grid) {
    if (trial.averaging().engine() == Engine.DL4J) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "Unsupported: grid.target-accuracy = %s with averaging.engine = dl4j (DL4J's master"
                  + " does not say how long its rounds took; use averaging.engine = isonorm, or"
                  + " grid.target-accuracy = 0)",
              grid.targetAccuracy()));
    }
  }

  /**
   * Where two configurations make other trials, a line a key.
   *
   * @param before the earlier one
   * @param now the later one
   */
  static List<String> differences(IsonormConfig before, IsonormConfig now) {
    Map<String, String> old = before.values();
    List<String> differences = new ArrayList<>();
    now.values()
        .forEach(
            (key, value) -> {
              if (!value.equals(old.get(key))
                  && !OF_THE_CALL.contains(key)
                  && !key.startsWith("spark.")) {
                differences.add(
                    String.format(
                        Locale.ROOT,
                        "%s was %s and is %s",
                        key,
                        oneLine(old.get(key)),
                        oneLine(value)));
              }
            });
    return differences;
  }

  private static String oneLine(String value) {
    return value.replaceAll("\\s+", " ");
  }

  private static void check(IsonormConfig base) {
    GridConfig grid = base.grid();
    if (grid.axes().isEmpty()) {
      throw new IllegalArgumentException(
          "Invalid grid.axes: {} (must have at least one axis, as in optimizer.learning-rate = [0.1, 0.01])");
    }
    if (grid.protocols().contains(Protocol.CONTROL) && !grid.axes().containsKey(LEARNING_RATE)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid grid.protocols: control (it says what the axis %s acts on, and grid.axes has no such axis; use [paper])",
              LEARNING_RATE));
    }
    for (String key : grid.axes().keySet()) {
      if (grid.mode() == Mode.TRIAL_PER_TASK && key.startsWith("averaging.")) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid grid.axes: %s (a trial in one task has one worker; set grid.mode = data-parallel)",
                key));
      }
      if (key.equals("data.validation-examples")) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid grid.axes: %s (trials are compared on the same validation examples)",
                key));
      }
    }
    if (base.data().validationExamples().equals(OptionalInt.of(0))) {
      throw new IllegalArgumentException(
          "Invalid data.validation-examples: 0 (must be > 0, since trials are compared on them)");
    }
  }

  private static List<Map<String, String>> points(Map<String, List<String>> axes) {
    List<Map<String, String>> points = List.of(Map.of());
    for (Map.Entry<String, List<String>> axis : axes.entrySet()) {
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> point : points) {
        for (String value : axis.getValue()) {
          Map<String, String> next = new TreeMap<>(point);
          next.put(axis.getKey(), value);
          longer.add(next);
        }
      }
      points = longer;
    }
    return points;
  }

  private static IsonormConfig config(
      IsonormConfig base, Protocol protocol, Map<String, String> point, String seed) {
    List<Setting> settings = new ArrayList<>();
    point.forEach((key, value) -> settings.add(axis(key, value)));
    settings.add(axis(GridConfig.SEED, seed));
    if (base.grid().mode() == Mode.TRIAL_PER_TASK) {
      // What it equals.
      for (String key : List.of("averaging.workers", "averaging.frequency")) {
        settings.add(new Setting(key, "1", "grid.mode"));
      }
    }
    IsonormConfig config = base.with(settings).withoutGrid();
    return switch (protocol) {
      case PAPER -> config;
      case CONTROL ->
          config.withOptimizer(
              config.optimizer().forConvolutionsAlone(base.optimizer().learningRate()));
    };
  }

  private static Setting axis(String key, String value) {
    return new Setting(key, IsonormConfig.isList(key) ? value : quoted(value), "grid.axes");
  }

  /** Text that begins like a list would be read as one. */
  private static String quoted(String value) {
    return value.startsWith("[") || value.startsWith("{") || value.startsWith("\"")
        ? '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"'
        : value;
  }

  /** How a protocol is written. */
  static String label(Protocol protocol) {
    return protocol.name().toLowerCase(Locale.ROOT);
  }
}
