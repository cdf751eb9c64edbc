package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.isonorm.spark.run.CsvTable;
import org.isonorm.spark.run.GridColumns;

/**
 * A trial as trials.csv and results.csv say it. Numbers that they do not give are NaN.
 *
 * @param status done, diverged, failed or pruned
 * @param values of the axes by key, as they are written
 * @param bestValidationAccuracy of the best epoch, a share in 0..1
 * @param secondsToTarget of training; NaN where it was not reached, or the grid has no target
 * @param history the finished epochs
 */
record GridTrial(
    String name,
    String status,
    String protocol,
    Map<String, String> values,
    String seed,
    double epochs,
    double epochsDone,
    double bestValidationAccuracy,
    double lastValidationAccuracy,
    double divergedEpoch,
    double divergedStep,
    double seconds,
    String cause,
    double secondsToTarget,
    List<Epoch> history) {
  /** A finished epoch; the training loss is the mean over its examples, each before its update. */
  record Epoch(
      double epoch,
      double trainLoss,
      double trainAccuracy,
      double validationLoss,
      double validationAccuracy) {}

  boolean done() {
    return status.equals("done");
  }

  boolean diverged() {
    return status.equals("diverged");
  }

  /** The value of an axis as a number, NaN if it is none. */
  double number(String axis) {
    return parse(values.getOrDefault(axis, ""));
  }

  static double parse(String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** The mean training loss of the first epoch, NaN if it was not finished. */
  double earlyLoss() {
    return history.isEmpty() ? Double.NaN : history.get(0).trainLoss();
  }

  /**
   * Loads the trials in the order of the files.
   *
   * @param axes the keys of the axes but the seed's
   * @throws IOException if a file cannot be read or is malformed
   */
  static List<GridTrial> load(Path trials, Path results, List<String> axes) throws IOException {
    Map<String, List<Epoch>> histories = new HashMap<>();
    CsvTable.read(
        results,
        List.of(
            GridColumns.TRIAL,
            GridColumns.EPOCH,
            GridColumns.TRAIN_LOSS,
            GridColumns.TRAIN_ACCURACY),
        row -> {
          List<Epoch> history =
              histories.computeIfAbsent(row.text(GridColumns.TRIAL), name -> new ArrayList<>());
          if (!row.text(GridColumns.EPOCH).isEmpty()) {
            history.add(
                new Epoch(
                    row.number(GridColumns.EPOCH),
                    row.number(GridColumns.TRAIN_LOSS),
                    row.number(GridColumns.TRAIN_ACCURACY),
                    row.number(GridColumns.VALIDATION_LOSS),
                    row.number(GridColumns.VALIDATION_ACCURACY)));
          }
          return history;
        });
    return CsvTable.read(
        trials,
        List.of(GridColumns.TRIAL, GridColumns.STATUS, GridColumns.PROTOCOL),
        row -> trial(row, axes, histories));
  }

  private static GridTrial trial(
      CsvTable.Row row, List<String> axes, Map<String, List<Epoch>> histories) {
    Map<String, String> values = new LinkedHashMap<>();
    axes.forEach(axis -> values.put(axis, row.text(axis)));
    return new GridTrial(
        row.text(GridColumns.TRIAL),
        row.text(GridColumns.STATUS),
        row.text(GridColumns.PROTOCOL),
        values,
        row.text(GridColumns.SEED),
        row.number(GridColumns.EPOCHS),
        row.number(GridColumns.EPOCHS_DONE),
        row.number(GridColumns.BEST_VALIDATION_ACCURACY),
        row.number(GridColumns.LAST_VALIDATION_ACCURACY),
        row.number(GridColumns.DIVERGED_EPOCH),
        row.number(GridColumns.DIVERGED_STEP),
        row.number(GridColumns.SECONDS),
        row.text(GridColumns.CAUSE),
        row.number(GridColumns.SECONDS_TO_TARGET),
        List.copyOf(histories.getOrDefault(row.text(GridColumns.TRIAL), List.of())));
  }
}
