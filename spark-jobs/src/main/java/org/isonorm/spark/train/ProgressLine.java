package org.isonorm.spark.train;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.jobs.WallClock;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.Progress;

/**
 * The timestamped lines a person watches: one an epoch, and one every few seconds between. Lives on
 * the driver.
 */
final class ProgressLine implements TrainingListener {
  private static final long INTERVAL_NANOSECONDS = 5_000_000_000L;

  private final Consumer<String> output;
  private final int epochs;
  private final long stepsPerEpoch;
  private final long start = System.nanoTime();
  private final long firstStep;
  private long lastLine = System.nanoTime();

  /**
   * Lines for a run.
   *
   * @param firstStep local steps done before this start
   */
  ProgressLine(Consumer<String> output, int epochs, long stepsPerEpoch, long firstStep) {
    this.output = output;
    this.epochs = epochs;
    this.stepsPerEpoch = stepsPerEpoch;
    this.firstStep = firstStep;
  }

  /** A line, unless the last one is fresh. */
  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
    Progress progress = now.progress();
    if (System.nanoTime() - lastLine >= INTERVAL_NANOSECONDS) {
      line(
          String.format(
              Locale.ROOT,
              "epoch %d/%d  step %d/%d  %s",
              progress.epoch() + 1,
              epochs,
              progress.stepInEpoch(),
              stepsPerEpoch,
              figures(progress, totals)));
    }
  }

  /** A line with the epoch's validation, if it was evaluated. */
  @Override
  public void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best) {
    Progress progress = now.progress();
    Evaluation validation = row.validation();
    String validated =
        validation == null
            ? ""
            : String.format(
                Locale.ROOT,
                "  validation loss %.4f, accuracy %.2f%%",
                validation.loss(),
                100 * validation.top1Accuracy());
    line(
        String.format(
            Locale.ROOT,
            "epoch %d/%d done%s  %s",
            progress.epoch(),
            epochs,
            validated,
            figures(progress, totals)));
  }

  /** A line of any text. */
  void line(String text) {
    lastLine = System.nanoTime();
    output.accept(WallClock.stamped(text));
  }

  private String figures(Progress progress, EpochTotals totals) {
    double wall = totals.wallSeconds();
    if (Double.isNaN(totals.computeSeconds())) {
      return String.format(
          Locale.ROOT,
          "loss %.4f  lr %.4g  %s  left %s",
          totals.loss(),
          totals.learningRate(),
          Plural.imagesPerSecond("%.0f", totals.imagesPerSecond()),
          left(progress));
    }
    return String.format(
        Locale.ROOT,
        "loss %.4f  accuracy %.2f%%  lr %.4g  %s  compute %.0f%% sync %.0f%% input %.0f%%  left %s",
        totals.loss(),
        100 * totals.accuracy(),
        totals.learningRate(),
        Plural.imagesPerSecond("%.0f", totals.imagesPerSecond()),
        100 * totals.computeSeconds() / wall,
        100 * totals.syncSeconds() / wall,
        100 * totals.inputSeconds() / wall,
        left(progress));
  }

  private String left(Progress progress) {
    long done = progress.step() - firstStep;
    long ahead = epochs * stepsPerEpoch - progress.step();
    Duration left =
        Duration.ofNanos((long) ((double) (System.nanoTime() - start) / Math.max(1, done) * ahead));
    return WallClock.words(left);
  }
}
