package org.isonorm.spark.grid;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.isonorm.spark.grid.GridSummary.Point;
import org.isonorm.spark.grid.GridSummary.TimeToTarget;
import org.isonorm.spark.grid.TrialResult.Status;
import org.isonorm.spark.jobs.WallClock;

/**
 * The timestamped lines a person watches: one when a trial ends and one about the grid when its
 * slot is taken again, and now and then. For several threads.
 */
final class StatusLine {
  private final Consumer<String> output;
  private final Work work;
  private final LongSupplier nanoTime;
  private final Map<String, TrialResult> results;
  private final Map<Integer, Running> running = new TreeMap<>();
  private boolean summaryDue;
  private double lengthLeft;
  private double lengthDone;
  private double secondsDone;

  /**
   * What a grid has to do.
   *
   * @param length how long a trial takes, in any unit
   * @param slots trials at a time
   * @param trials of the grid
   * @param lengthLeft of what is still to be trained, together
   * @param pruning whether most trials are left before their end, which lengthLeft takes into
   *     account
   * @param paper whether the paper's protocol is tried, whose points win alone
   * @param target validation accuracy to be reached soon, 0 for none
   */
  record Work(
      ToDoubleFunction<Trial> length,
      int slots,
      int trials,
      double lengthLeft,
      boolean pruning,
      boolean paper,
      double target) {}

  /** A trial since when, and what it has still to be trained at most. */
  private record Running(long since, double length) {}

  /**
   * Lines for a grid.
   *
   * @param earlier results there are already
   * @param nanoTime a clock in nanoseconds
   */
  StatusLine(
      Consumer<String> output, Work work, Map<String, TrialResult> earlier, LongSupplier nanoTime) {
    this.output = output;
    this.work = work;
    this.nanoTime = nanoTime;
    this.lengthLeft = work.lengthLeft();
    this.results = new TreeMap<>(earlier);
  }

  /** A result of an earlier call, which says how long a trial takes. */
  synchronized void earlier(Trial trial, TrialResult result) {
    learn(result, length(trial, result.epochsDone()), result.seconds());
  }

  /** From trials that trained: one that failed or diverged took its time for nothing. */
  private void learn(TrialResult result, double done, double seconds) {
    if (result.status() == Status.DONE || result.status() == Status.PRUNED) {
      lengthDone += done;
      secondsDone += seconds;
    }
  }

  private double length(Trial trial, int epochs) {
    return work.length().applyAsDouble(trial) * epochs / trial.epochs();
  }

  /** A trial starts, or goes on. */
  synchronized void started(Trial trial) {
    TrialResult before = results.get(trial.name());
    int epochs = trial.epochs() - (before == null ? 0 : before.epochsDone());
    running.put(trial.number(), new Running(nanoTime.getAsLong(), length(trial, epochs)));
    if (summaryDue) {
      tick();
    }
  }

  /** A trial ended: says how. */
  synchronized void ended(Trial trial, TrialResult result, double seconds) {
    running.remove(trial.number());
    TrialResult before = results.put(trial.name(), result);
    int earlier = before == null ? 0 : before.epochsDone();
    learn(result, length(trial, result.epochsDone() - earlier), seconds);
    // With pruning, what is left is of as many epochs as trials may expect to train.
    int epochs = work.pruning() ? result.epochsDone() : trial.epochs();
    lengthLeft -= length(trial, epochs - earlier);
    line(trial.name() + " " + outcome(result));
    summaryDue = true;
  }

  /** Where the grid is. */
  synchronized void tick() {
    line(summary());
    summaryDue = false;
  }

  /** A line of any text. */
  void line(String text) {
    output.accept(WallClock.stamped(text));
  }

  private static String outcome(TrialResult result) {
    String best =
        result
            .best()
            .map(
                epoch ->
                    String.format(
                        Locale.ROOT,
                        "validation accuracy %.2f%% in epoch %d",
                        100 * epoch.validationAccuracy(),
                        epoch.epoch()))
            .orElse("never evaluated");
    String seconds = String.format(Locale.ROOT, " (%.1f s)", result.seconds());
    return switch (result.status()) {
      case DONE -> "done: " + best + seconds;
      case PRUNED ->
          String.format(Locale.ROOT, "paused after epoch %d: %s", result.epochsDone(), best)
              + seconds;
      case DIVERGED, FAILED ->
          result.status().name().toLowerCase(Locale.ROOT) + ": " + result.cause() + seconds;
    };
  }

  private String summary() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%d/%d done, %d diverged, %d failed, ",
            count(Status.DONE),
            work.trials(),
            count(Status.DIVERGED),
            count(Status.FAILED)));
    if (count(Status.PRUNED) > 0) {
      text.append(count(Status.PRUNED)).append(" paused, ");
    }
    text.append(running.size()).append(" running").append(runningFor());
    Points.ahead(Points.of(results.values(), work.target()), work.paper())
        .ifPresent(point -> text.append(", best so far ").append(figures(point)));
    return text.append(", left ").append(left()).toString();
  }

  private String figures(Point point) {
    TimeToTarget time = point.timeToTarget();
    return time != null && time.reached() > 0
        ? String.format(
            Locale.ROOT,
            "%.1f s to %.2f%% (%s, %d of n = %d)",
            time.seconds(),
            100 * work.target(),
            point.describe(),
            time.reached(),
            point.done())
        : String.format(
            Locale.ROOT,
            "%.2f%% on validation (%s, n = %d)",
            100 * point.validationAccuracy(),
            point.describe(),
            point.done());
  }

  /** The running trials by number, each with its time. */
  private String runningFor() {
    long now = nanoTime.getAsLong();
    return running.isEmpty()
        ? ""
        : running.entrySet().stream()
            .map(
                e ->
                    String.format(
                        Locale.ROOT, "%03d %s", e.getKey(), duration(now - e.getValue().since())))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private long count(Status status) {
    return results.values().stream().filter(result -> result.status() == status).count();
  }

  private String left() {
    if (lengthDone <= 0) {
      return "unknown";
    }
    double pace = secondsDone / lengthDone;
    long now = nanoTime.getAsLong();
    double seconds = pace * lengthLeft;
    double longest = 0;
    for (Running trial : running.values()) {
      double estimated = pace * trial.length();
      double spent = Math.min(estimated, (now - trial.since()) / 1e9);
      seconds -= spent;
      longest = Math.max(longest, work.pruning() ? 0 : estimated - spent);
    }
    double estimate = Math.max(longest, Math.max(0, seconds) / work.slots());
    return estimate < 1 && !running.isEmpty()
        ? "unknown (past the estimate)"
        : duration((long) (1e9 * estimate));
  }

  private static String duration(long nanoseconds) {
    return WallClock.words(Duration.ofNanos(nanoseconds));
  }
}
