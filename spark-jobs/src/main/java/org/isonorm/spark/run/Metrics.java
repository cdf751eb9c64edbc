package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/** What metrics.csv says: a row a round and a row a finished epoch, each in the order of time. */
public record Metrics(List<MetricsRow> rounds, List<MetricsRow> epochs) {
  private static final int PER_CENT = 100;
  private static final int FINE_FROM = 90;

  /** More than metrics.csv prints of a percentage. */
  private static final double PRECISION = 1e9;

  /** Of a run that has none yet. */
  public static final Metrics NONE = new Metrics(List.of(), List.of());

  /**
   * Loads metrics.csv. Where a resumed run repeats a round or an epoch, the later row counts.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  public static Metrics load(Path file) throws IOException {
    List<MetricsRow> rounds = new ArrayList<>();
    List<MetricsRow> epochs = new ArrayList<>();
    for (MetricsRow row : MetricsRow.TABLE.read(file, "kind", "epoch", "step", "trainLoss")) {
      append(row.kind().equals(MetricsRow.ROUND) ? rounds : epochs, row);
    }
    return new Metrics(List.copyOf(rounds), List.copyOf(epochs));
  }

  private static void append(List<MetricsRow> rows, MetricsRow row) {
    while (!rows.isEmpty() && rows.get(rows.size() - 1).step() >= row.step()) {
      rows.remove(rows.size() - 1);
    }
    rows.add(row);
  }

  public boolean isEmpty() {
    return rounds.isEmpty() && epochs.isEmpty();
  }

  /** Seconds from the run's start to its last row, NaN if none says so. */
  public double wallClockSeconds() {
    return Stream.concat(rounds.stream(), epochs.stream())
        .mapToDouble(MetricsRow::wallClockSeconds)
        .filter(Double::isFinite)
        .max()
        .orElse(Double.NaN);
  }

  /** The epoch of the highest validation accuracy, the earliest of equals. */
  public Optional<MetricsRow> bestEpoch() {
    return epochs.stream()
        .filter(row -> Double.isFinite(row.validation()))
        .max(
            Comparator.comparingDouble(MetricsRow::validation)
                .thenComparing(Comparator.comparingLong(MetricsRow::epoch).reversed()));
  }

  /** The last epoch with a validation accuracy. */
  public Optional<MetricsRow> lastEvaluatedEpoch() {
    return epochs.stream()
        .filter(row -> Double.isFinite(row.validation()))
        .reduce((first, second) -> second);
  }

  /**
   * Seconds of training until the end of each epoch: those of its rounds, without start,
   * evaluations and checkpoints; NaN from an epoch on that does not say.
   */
  public double[] trainingSeconds() {
    double[] seconds = epochs.stream().mapToDouble(MetricsRow::seconds).toArray();
    for (int i = 1; i < seconds.length; i++) {
      seconds[i] += seconds[i - 1];
    }
    return seconds;
  }

  /**
   * A validation accuracy, and when it was first seen.
   *
   * @param percent whole
   * @param epoch of the first evaluation that was no worse, from 1
   * @param seconds of training until its end
   */
  public record Reached(int percent, long epoch, double seconds) {}

  /**
   * The time to each tenth of the validation accuracy that was reached, from 90 % on to each
   * percent.
   */
  public List<Reached> reached() {
    double[] seconds = trainingSeconds();
    List<Reached> reached = new ArrayList<>();
    int next = 10;
    for (int i = 0; i < seconds.length; i++) {
      // Printed digits, 0.9 as 90 %: not what a product of doubles makes of it.
      double percent = Math.rint(epochs.get(i).validation() * PER_CENT * PRECISION) / PRECISION;
      while (next <= percent) {
        reached.add(new Reached(next, epochs.get(i).epoch(), seconds[i]));
        next += next < FINE_FROM ? 10 : 1;
      }
    }
    return reached;
  }

  /** The first row whose loss is not finite. */
  public Optional<MetricsRow> divergence() {
    return Stream.concat(rounds.stream(), epochs.stream())
        .filter(MetricsRow::diverged)
        .min(Comparator.comparingLong(MetricsRow::step));
  }

  /**
   * Median over the rounds, or over the epochs of a run that logged no rounds; NaN without either.
   */
  public double medianImagesPerSecond() {
    return new Median()
        .evaluate(
            (rounds.isEmpty() ? epochs : rounds)
                .stream()
                    .mapToDouble(MetricsRow::imagesPerSecond)
                    .filter(Double::isFinite)
                    .toArray());
  }

  /** The epochs' rows and, where an epoch was not finished, the sum of its rounds' seconds. */
  public List<MetricsRow> epochSeconds() {
    List<MetricsRow> all = new ArrayList<>(epochs);
    long finished = epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).epoch();
    List<MetricsRow> open = rounds.stream().filter(row -> row.epoch() > finished).toList();
    if (!open.isEmpty()) {
      MetricsRow last = open.get(open.size() - 1);
      all.add(
          new MetricsRow(
              MetricsRow.EPOCH,
              last.epoch(),
              last.round(),
              last.step(),
              last.examplesSeen(),
              last.learningRate(),
              OptionalDouble.empty(),
              Double.NaN,
              OptionalDouble.empty(),
              OptionalDouble.empty(),
              Double.NaN,
              sum(open, MetricsRow::computeSeconds),
              sum(open, MetricsRow::syncSeconds),
              sum(open, MetricsRow::inputSeconds),
              last.wallClockSeconds(),
              OptionalDouble.empty()));
    }
    return all;
  }

  public static double sum(List<MetricsRow> rows, ToDoubleFunction<MetricsRow> seconds) {
    return rows.stream().mapToDouble(seconds).filter(Double::isFinite).sum();
  }

  /** Local steps an epoch, NaN before the first epoch is finished. */
  public double stepsPerEpoch() {
    if (epochs.isEmpty()) {
      return Double.NaN;
    }
    MetricsRow last = epochs.get(epochs.size() - 1);
    return (double) last.step() / last.epoch();
  }
}
