package org.isonorm.spark.grid;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.grid.GridSummary.Point;
import org.isonorm.spark.grid.GridSummary.TimeToTarget;
import org.isonorm.spark.grid.TrialResult.Status;
import org.isonorm.spark.run.EpochMetrics;
import org.isonorm.spark.run.Sample;

/** Trials put together by point, over their seeds. */
final class Points {
  private record Key(String protocol, Map<String, String> values) {}

  private static final Comparator<Point> BY_ACCURACY =
      Comparator.comparingDouble(Point::validationAccuracy);

  /** More of the seeds at the target, then sooner; where none is, by accuracy. */
  private static final Comparator<Point> BY_TIME =
      Comparator.comparingDouble(Points::shareAtTarget)
          .thenComparing(
              Comparator.comparingDouble((Point point) -> point.timeToTarget().seconds())
                  .reversed())
          .thenComparing(BY_ACCURACY);

  private Points() {}

  /**
   * The points of results, in the order of their trials.
   *
   * @param target validation accuracy to be reached soon, 0 for none
   */
  static List<Point> of(Collection<TrialResult> results, double target) {
    Map<Key, List<TrialResult>> points = new LinkedHashMap<>();
    results.stream()
        .sorted(Comparator.comparingInt(TrialResult::number))
        .forEach(
            result ->
                points
                    .computeIfAbsent(
                        new Key(result.protocol(), result.point()), key -> new ArrayList<>())
                    .add(result));
    return points.entrySet().stream().map(e -> point(e.getKey(), e.getValue(), target)).toList();
  }

  /**
   * The best point, the first of several, among those whose seeds all trained to the end: that with
   * the highest mean validation accuracy or, with a target, that whose seeds reach it soonest.
   * Where the paper's protocol was tried, its points alone: the control's are there to explain
   * them.
   *
   * @param seeds trials of every point
   */
  static Optional<Point> winner(List<Point> points, int seeds) {
    boolean tried = points.stream().anyMatch(Points::isOfThePaper);
    return best(points.stream().filter(point -> point.done() == seeds).toList(), tried);
  }

  /**
   * The point ahead while trials run, the first of several, among those that can still win: none of
   * its seeds diverged or failed.
   *
   * @param paper whether the grid tries the paper's protocol, whose points win alone
   */
  static Optional<Point> ahead(List<Point> points, boolean paper) {
    return best(
        points.stream().filter(point -> point.diverged() + point.failed() == 0).toList(), paper);
  }

  private static Optional<Point> best(List<Point> points, boolean paper) {
    return points.stream()
        .filter(point -> !paper || isOfThePaper(point))
        .filter(point -> Double.isFinite(point.validationAccuracy()))
        .reduce((best, point) -> order(point).compare(point, best) > 0 ? point : best);
  }

  private static Comparator<Point> order(Point point) {
    return point.timeToTarget() == null ? BY_ACCURACY : BY_TIME;
  }

  private static double shareAtTarget(Point point) {
    return (double) point.timeToTarget().reached() / point.done();
  }

  private static boolean isOfThePaper(Point point) {
    return point.protocol().equals(SearchSpace.label(Protocol.PAPER));
  }

  /** The trials of a point, seed by seed. */
  static List<Trial> trials(List<Trial> all, Point point) {
    return all.stream()
        .filter(
            trial ->
                SearchSpace.label(trial.protocol()).equals(point.protocol())
                    && trial.point().equals(point.values()))
        .toList();
  }

  private static Point point(Key key, List<TrialResult> trials, double target) {
    List<TrialResult> done =
        trials.stream().filter(trial -> trial.status() == Status.DONE).toList();
    double[] best = accuracies(done, TrialResult::best);
    double[] last = accuracies(done, TrialResult::last);
    return new Point(
        key.protocol(),
        key.values(),
        done.size(),
        count(trials, Status.DIVERGED),
        count(trials, Status.FAILED),
        count(trials, Status.PRUNED),
        Sample.mean(best),
        Sample.deviation(best),
        Sample.mean(last),
        Sample.deviation(last),
        target == 0 ? null : timeTo(target, done));
  }

  private static TimeToTarget timeTo(double target, List<TrialResult> done) {
    double[] seconds =
        done.stream()
            .mapToDouble(trial -> trial.secondsTo(target))
            .filter(Double::isFinite)
            .toArray();
    return new TimeToTarget(seconds.length, Sample.mean(seconds), Sample.deviation(seconds));
  }

  private static double[] accuracies(
      List<TrialResult> trials, Function<TrialResult, Optional<EpochMetrics>> epoch) {
    return trials.stream()
        .flatMap(trial -> epoch.apply(trial).stream())
        .mapToDouble(EpochMetrics::validationAccuracy)
        .toArray();
  }

  private static int count(List<TrialResult> trials, Status status) {
    return (int) trials.stream().filter(trial -> trial.status() == status).count();
  }
}
