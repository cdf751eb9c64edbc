package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What metrics.csv says: a row a round and a row a finished epoch, each in the order of time. */
record Metrics(List<MetricsRow> rounds, List<MetricsRow> epochs) {
  private static final String ROUND = "round";
  private static final String EPOCH = "epoch";

  /**
   * Loads metrics.csv. Where a resumed run repeats a round or an epoch, the later row counts.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  static Metrics load(Path file) throws IOException {
    List<MetricsRow> rounds = new ArrayList<>();
    List<MetricsRow> epochs = new ArrayList<>();
    CsvTable.read(
        file,
        List.of("kind", "epoch", "step", "trainLoss"),
        line -> {
          MetricsRow row = MetricsRow.of(line);
          String kind = line.text("kind");
          switch (kind) {
            case ROUND -> append(rounds, row);
            case EPOCH -> append(epochs, row);
            default ->
                throw new IllegalArgumentException(
                    "invalid kind: \"" + kind + "\" (must be round or epoch)");
          }
          return row;
        });
    return new Metrics(List.copyOf(rounds), List.copyOf(epochs));
  }

  private static void append(List<MetricsRow> rows, MetricsRow row) {
    while (!rows.isEmpty() && rows.get(rows.size() - 1).step() >= row.step()) {
      rows.remove(rows.size() - 1);
    }
    rows.add(row);
  }

  boolean isEmpty() {
    return rounds.isEmpty() && epochs.isEmpty();
  }

  /** Seconds from the run's start to its last row, NaN if none says so. */
  double wallClockSeconds() {
    return Stream.concat(rounds.stream(), epochs.stream())
        .mapToDouble(MetricsRow::wallClockSeconds)
        .filter(Double::isFinite)
        .max()
        .orElse(Double.NaN);
  }

  /** The epoch of the highest validation accuracy, the earliest of equals. */
  Optional<MetricsRow> bestEpoch() {
    return epochs.stream()
        .filter(row -> Double.isFinite(row.validationAccuracy()))
        .max(
            Comparator.comparingDouble(MetricsRow::validationAccuracy)
                .thenComparing(Comparator.comparingLong(MetricsRow::epoch).reversed()));
  }

  /** The last epoch with a validation accuracy. */
  Optional<MetricsRow> lastEvaluatedEpoch() {
    return epochs.stream()
        .filter(row -> Double.isFinite(row.validationAccuracy()))
        .reduce((first, second) -> second);
  }

  /** The first row whose loss is not finite. */
  Optional<MetricsRow> divergence() {
    return Stream.concat(rounds.stream(), epochs.stream())
        .filter(MetricsRow::diverged)
        .min(Comparator.comparingLong(MetricsRow::step));
  }

  /**
   * Median over the rounds, or over the epochs of a run that logged no rounds; NaN without either.
   */
  double medianImagesPerSecond() {
    double[] sorted =
        (rounds.isEmpty() ? epochs : rounds)
            .stream()
                .mapToDouble(MetricsRow::imagesPerSecond)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The epochs' rows and, where an epoch was not finished, the sum of its rounds' seconds. */
  List<MetricsRow> epochSeconds() {
    List<MetricsRow> all = new ArrayList<>(epochs);
    long finished = epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).epoch();
    List<MetricsRow> open = rounds.stream().filter(row -> row.epoch() > finished).toList();
    if (!open.isEmpty()) {
      MetricsRow last = open.get(open.size() - 1);
      all.add(
          new MetricsRow(
              last.epoch(),
              last.step(),
              last.learningRate(),
              Double.NaN,
              Double.NaN,
              false,
              Double.NaN,
              Double.NaN,
              Double.NaN,
              sum(open, MetricsRow::computeSeconds),
              sum(open, MetricsRow::syncSeconds),
              sum(open, MetricsRow::inputSeconds),
              last.wallClockSeconds(),
              Double.NaN));
    }
    return all;
  }

  static double sum(List<MetricsRow> rows, ToDoubleFunction<MetricsRow> seconds) {
    return rows.stream().mapToDouble(seconds).filter(Double::isFinite).sum();
  }

  /** Local steps an epoch, NaN before the first epoch is finished. */
  double stepsPerEpoch() {
    if (epochs.isEmpty()) {
      return Double.NaN;
    }
    MetricsRow last = epochs.get(epochs.size() - 1);
    return (double) last.step() / last.epoch();
  }
}
