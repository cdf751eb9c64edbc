package org.isonorm.spark.run;

import java.util.Locale;
import java.util.OptionalDouble;
import org.isonorm.spark.run.RecordTable.Printed;

/**
 * A row of metrics.csv: an averaging round or an epoch. The components are the file's columns.
 * Numbers that a file does not give are NaN or, where rows differ in having them, empty.
 *
 * @param kind round or epoch
 * @param epoch from 1
 * @param round rounds done in the run
 * @param step local steps of a worker since the run's start
 * @param examplesSeen examples trained on in the run
 * @param learningRate at that step
 * @param trainLoss mean cross-entropy of its examples, each before its update
 * @param trainAccuracy share of the examples in 0..1, as are all accuracies
 * @param validationLoss empty where nothing was evaluated, as are the validation's accuracies
 * @param imagesPerSecond of all workers together
 * @param computeSeconds of the row's round or epoch, as are syncSeconds and inputSeconds
 * @param wallClockSeconds since the run's start, resumed parts added up
 */
public record MetricsRow(
    String kind,
    long epoch,
    long round,
    long step,
    long examplesSeen,
    @Printed(RecordTable.NUMBER) double learningRate,
    @Printed(RecordTable.NUMBER) OptionalDouble trainLoss,
    @Printed(RecordTable.NUMBER) double trainAccuracy,
    @Printed(RecordTable.NUMBER) OptionalDouble validationLoss,
    @Printed(RecordTable.NUMBER) OptionalDouble validationAccuracy,
    @Printed("%.1f") double imagesPerSecond,
    @Printed(RecordTable.SECONDS) double computeSeconds,
    @Printed(RecordTable.SECONDS) double syncSeconds,
    @Printed(RecordTable.SECONDS) double inputSeconds,
    @Printed(RecordTable.SECONDS) double wallClockSeconds,
    @Printed(RecordTable.NUMBER) OptionalDouble validationTop5Accuracy) {
  public static final String ROUND = "round";
  public static final String EPOCH = "epoch";

  static final RecordTable<MetricsRow> TABLE = new RecordTable<>(MetricsRow.class);

  public MetricsRow {
    if (!kind.equals(ROUND) && !kind.equals(EPOCH)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "invalid kind: \"%s\" (must be %s or %s)", kind, ROUND, EPOCH));
    }
  }

  /** The training loss, NaN if it was not measured. */
  public double loss() {
    return trainLoss.orElse(Double.NaN);
  }

  /** The validation's accuracy, NaN if nothing was evaluated. */
  public double validation() {
    return validationAccuracy.orElse(Double.NaN);
  }

  /** Whether a training loss was measured and is NaN or infinite. */
  public boolean diverged() {
    return trainLoss.isPresent() && !Double.isFinite(trainLoss.getAsDouble());
  }

  /** Time of the row's round or epoch. */
  public double seconds() {
    return computeSeconds + syncSeconds + inputSeconds;
  }
}
