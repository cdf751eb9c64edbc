package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A finished epoch of a run.
 *
 * @param epoch from 1
 * @param step local steps done in the run
 * @param learningRate of its last local step
 * @param trainLoss mean cross-entropy of its examples, each before its update
 * @param trainAccuracy share of them classified right, likewise, 0 to 1
 * @param validationLoss NaN where it was not evaluated
 * @param validationAccuracy 0 to 1; NaN where it was not evaluated
 * @param wallClockSeconds since the run's start
 */
public record EpochMetrics(
    int epoch,
    long step,
    double learningRate,
    double trainLoss,
    double trainAccuracy,
    double validationLoss,
    double validationAccuracy,
    double wallClockSeconds) {
  /** The finished epochs of a run's folder; none if it has no metrics.csv. */
  public static List<EpochMetrics> of(Path runFolder) throws IOException {
    Path file = new RunFolder(runFolder).metrics();
    if (!Files.exists(file)) {
      return List.of();
    }
    return MetricsLog.rows(file).stream()
        .filter(cells -> cells.get(0).equals("epoch"))
        .map(EpochMetrics::of)
        .toList();
  }

  private static EpochMetrics of(List<String> cells) {
    return new EpochMetrics(
        Integer.parseInt(cells.get(1)),
        Long.parseLong(cells.get(3)),
        number(cells.get(5)),
        number(cells.get(6)),
        number(cells.get(7)),
        number(cells.get(8)),
        number(cells.get(9)),
        number(cells.get(14)));
  }

  private static double number(String cell) {
    return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
  }
}
