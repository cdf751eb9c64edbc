package org.isonorm.spark.grid;

import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.isonorm.spark.grid.TrialResult.Status;
import org.isonorm.spark.run.EpochMetrics;

/**
 * The timestamped lines a person watches: one when a trial ends and one about the grid when its
 * slot is taken again, and now and then. For several threads.
 */
final class StatusLine {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  private final Consumer<String> output;
  private final ToDoubleFunction<Trial> length;
  private final int slots;
  private final int total;
  private final Map<String, TrialResult> results;
  private final Map<Integer, Long> running = new TreeMap<>();
  private boolean summaryDue;
  private double lengthLeft;
  private double lengthDone;
  private double secondsDone;

  /**
   * Lines for a grid.
   *
   * @param length how long a trial takes, in any unit
   * @param total trials of the grid
   * @param lengthLeft of the trials that are still to be trained, together
   * @param earlier results there are already
   */
  StatusLine(
      Consumer<String> output,
      ToDoubleFunction<Trial> length,
      int slots,
      int total,
      double lengthLeft,
      Map<String, TrialResult> earlier) {
    this.output = output;
    this.length = length;
    this.slots = slots;
    this.total = total;
    this.lengthLeft = lengthLeft;
    this.results = new TreeMap<>(earlier);
  }

  /** A result of an earlier call, which says how long a trial takes. */
  synchronized void earlier(Trial trial, TrialResult result) {
    lengthDone += length.applyAsDouble(trial) * result.epochsDone() / trial.epochs();
    secondsDone += result.seconds();
  }

  /** A trial starts, or goes on. */
  synchronized void started(Trial trial) {
    running.put(trial.number(), System.nanoTime());
    if (summaryDue) {
      tick();
    }
  }

  /** A trial ended: says how. */
  synchronized void ended(Trial trial, TrialResult result, double seconds) {
    running.remove(trial.number());
    TrialResult before = results.put(trial.name(), result);
    double done =
        length.applyAsDouble(trial)
            * (result.epochsDone() - (before == null ? 0 : before.epochsDone()))
            / trial.epochs();
    lengthDone += done;
    secondsDone += seconds;
    lengthLeft -= result.status() == Status.PRUNED ? done : done + rest(trial, result);
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
    output.accept(LocalTime.now().format(CLOCK) + "  " + text);
  }

  private double rest(Trial trial, TrialResult result) {
    return length.applyAsDouble(trial) * (trial.epochs() - result.epochsDone()) / trial.epochs();
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
      case PRUNED -> "paused after epoch %d: %s".formatted(result.epochsDone(), best) + seconds;
      case DIVERGED, FAILED ->
          result.status().name().toLowerCase(Locale.ROOT) + ": " + result.cause() + seconds;
    };
  }

  private String summary() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%d/%d done, %d diverged, %d failed, "
            .formatted(count(Status.DONE), total, count(Status.DIVERGED), count(Status.FAILED)));
    if (count(Status.PRUNED) > 0) {
      text.append(count(Status.PRUNED)).append(" paused, ");
    }
    text.append(running.size()).append(" running").append(runningFor());
    results.values().stream()
        .filter(result -> result.best().isPresent())
        .max(Comparator.comparingDouble(StatusLine::best))
        .ifPresent(
            result ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        ", best so far %.2f%% on validation (%s, seed %d)",
                        100 * best(result),
                        Trial.describe(result.protocol(), result.point()),
                        result.seed())));
    return text.append(", left ").append(left()).toString();
  }

  /** The running trials by number, each with its time. */
  private String runningFor() {
    long now = System.nanoTime();
    return running.isEmpty()
        ? ""
        : running.entrySet().stream()
            .map(e -> "%03d %s".formatted(e.getKey(), duration(now - e.getValue())))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private static double best(TrialResult result) {
    return result.best().map(EpochMetrics::validationAccuracy).orElse(-1.);
  }

  private long count(Status status) {
    return results.values().stream().filter(result -> result.status() == status).count();
  }

  private String left() {
    if (lengthDone <= 0) {
      return "unknown";
    }
    return duration((long) (1e9 * secondsDone / lengthDone * Math.max(0, lengthLeft) / slots));
  }

  private static String duration(long nanoseconds) {
    Duration duration = Duration.ofNanos(nanoseconds);
    return duration.toHours() > 0
        ? "%dh%02dm".formatted(duration.toHours(), duration.toMinutesPart())
        : "%dm%02ds".formatted(duration.toMinutes(), duration.toSecondsPart());
  }
}
