package org.isonorm.network.benchmark;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How long training steps took.
 *
 * @param seconds of one step, the mean of several
 * @param parts seconds of each part of a step, all parts; they sum to the step
 */
public record StepTimes(double seconds, Map<StepPart, Double> parts) {

  /** Of parts measured; everything else is the rest. */
  static StepTimes of(double seconds, Map<StepPart, Double> measured) {
    Map<StepPart, Double> parts = new EnumMap<>(StepPart.class);
    double rest = seconds;
    for (StepPart part : StepPart.values()) {
      parts.put(part, measured.getOrDefault(part, 0.));
      rest -= parts.get(part);
    }
    parts.put(StepPart.EVERYTHING_ELSE, rest);
    return new StepTimes(seconds, parts);
  }

  /**
   * The steps that replicas took side by side: the mean of each part, and of the wall clock's time
   * what is left, waiting for the slowest replica included.
   *
   * @param seconds a step of all of them by the wall clock
   */
  public static StepTimes sideBySide(double seconds, List<StepTimes> replicas) {
    Map<StepPart, Double> means = new EnumMap<>(StepPart.class);
    for (StepTimes replica : replicas) {
      replica.parts.forEach((part, s) -> means.merge(part, s / replicas.size(), Double::sum));
    }
    means.remove(StepPart.EVERYTHING_ELSE);
    return of(seconds, means);
  }

  /** The median of some rounds by their seconds; of an even number the mean of the middle two. */
  public static StepTimes median(List<StepTimes> rounds) {
    List<StepTimes> middle =
        rounds.stream()
            .sorted(Comparator.comparingDouble(StepTimes::seconds))
            .skip((rounds.size() - 1) / 2)
            .limit(rounds.size() % 2 == 0 ? 2 : 1)
            .toList();
    double seconds = middle.stream().mapToDouble(StepTimes::seconds).sum() / middle.size();
    return sideBySide(seconds, middle);
  }

  /** Seconds of the primitives in place, the sum that a step can at best come near to. */
  public double primitives() {
    return parts.entrySet().stream()
        .filter(part -> part.getKey().isPrimitive())
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }
}
