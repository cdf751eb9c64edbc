package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isonorm.spark.run.Sample;

/**
 * A plane of learning rate × γ: a protocol and one value of every other axis.
 *
 * @param others the other axes' values
 * @param rates the learning rates as they are written, the highest first
 * @param gammas the values of γ as they are written, the lowest first; what is no number comes last
 * @param seeds trials planned for a point
 */
record GridSlice(
    String protocol,
    Map<String, String> others,
    List<String> rates,
    List<String> gammas,
    int seeds,
    List<GridTrial> trials) {
  /** The trials of a point. */
  record Point(String rate, String gamma, int seeds, List<GridTrial> trials) {
    double[] accuracies() {
      return trials.stream()
          .filter(GridTrial::done)
          .mapToDouble(GridTrial::bestValidationAccuracy)
          .filter(Double::isFinite)
          .toArray();
    }

    /** Mean validation accuracy of the trials that trained to the end, NaN for none. */
    double mean() {
      return Sample.mean(accuracies());
    }

    /** Of the sample, NaN for fewer than two. */
    double deviation() {
      return Sample.deviation(accuracies());
    }

    /** Whether it may be the best: a point does not win by those of its seeds that went well. */
    boolean canWin() {
      return !trials.isEmpty()
          && trials.stream().allMatch(GridTrial::done)
          && Double.isFinite(mean());
    }

    int count(String status) {
      return (int) trials.stream().filter(trial -> trial.status().equals(status)).count();
    }
  }

  /** The planes of a grid that has both axes, protocol by protocol. */
  static List<GridSlice> of(GridFiles grid) {
    record Key(String protocol, Map<String, String> others) {}
    Map<Key, List<GridTrial>> slices = new LinkedHashMap<>();
    for (GridTrial trial : grid.trials()) {
      Map<String, String> others = new LinkedHashMap<>(trial.values());
      others.remove(GridFiles.RATE);
      others.remove(GridFiles.GAMMA);
      slices
          .computeIfAbsent(new Key(trial.protocol(), others), key -> new ArrayList<>())
          .add(trial);
    }
    int seeds = Math.max(1, grid.texts("seeds").size());
    Comparator<String> ascending =
        Comparator.comparingDouble(GridTrial::parse).thenComparing(Comparator.naturalOrder());
    List<String> rates =
        grid.axes().get(GridFiles.RATE).stream().sorted(ascending.reversed()).toList();
    List<String> gammas = grid.axes().get(GridFiles.GAMMA).stream().sorted(ascending).toList();
    return slices.entrySet().stream()
        .map(
            slice ->
                new GridSlice(
                    slice.getKey().protocol(),
                    slice.getKey().others(),
                    rates,
                    gammas,
                    seeds,
                    slice.getValue()))
        .toList();
  }

  Point at(String rate, String gamma) {
    return new Point(
        rate,
        gamma,
        seeds,
        trials.stream()
            .filter(
                trial ->
                    same(trial.values().get(GridFiles.RATE), rate)
                        && same(trial.values().get(GridFiles.GAMMA), gamma))
            .toList());
  }

  /** Tables may write 1e-3 where the axis says 0.001. */
  private static boolean same(String one, String other) {
    double first = GridTrial.parse(one);
    return one.equals(other) || (!Double.isNaN(first) && first == GridTrial.parse(other));
  }

  List<Point> row(String rate) {
    return gammas.stream().map(gamma -> at(rate, gamma)).toList();
  }

  /** The points of a row with a mean, the best first. */
  List<Point> ranked(String rate) {
    return row(rate).stream()
        .filter(point -> Double.isFinite(point.mean()))
        .sorted(Comparator.comparingDouble(Point::mean).reversed())
        .toList();
  }

  /** The points of a row that may be the best, the best first. */
  List<Point> contenders(String rate) {
    return ranked(rate).stream().filter(Point::canWin).toList();
  }

  Optional<Point> best(String rate) {
    return contenders(rate).stream().findFirst();
  }

  /** A title's end: the other axes and the protocol, "" for the paper's alone. */
  String words() {
    String others =
        this.others.entrySet().stream()
            .map(
                axis ->
                    axis.getKey().substring(axis.getKey().lastIndexOf('.') + 1)
                        + " "
                        + axis.getValue())
            .collect(Collectors.joining(", "));
    String both = protocol.equals("paper") ? others : join(others, protocol + " protocol");
    return both.isEmpty() ? "" : " · " + both;
  }

  private static String join(String one, String other) {
    return one.isEmpty() ? other : one + ", " + other;
  }

  /** The end of the names of its figures. */
  String suffix() {
    return words().replaceAll("[^A-Za-z0-9.]+", "-").replaceAll("-$", "");
  }
}
