package org.isonorm.spark.run;

import org.isonorm.spark.run.RecordTable.Printed;

/**
 * A row of probe.csv: a short run. The components are the file's columns.
 *
 * @param learningRate η, before the schedule
 * @param initGamma γ of the start
 * @param effectiveRate ηγ
 * @param steps of the run
 * @param validationLoss at its end; null if it diverged, as the accuracy is
 * @param validationAccuracy top-1, 0 to 1
 */
public record ProbeRow(
    @Printed(RecordTable.NUMBER) double learningRate,
    @Printed(RecordTable.NUMBER) double initGamma,
    @Printed(RecordTable.NUMBER) double effectiveRate,
    long seed,
    long steps,
    @Printed(RecordTable.NUMBER) Double validationLoss,
    @Printed(RecordTable.NUMBER) Double validationAccuracy) {
  /** The file. */
  public static final RecordTable<ProbeRow> TABLE = new RecordTable<>(ProbeRow.class);

  /** The loss, infinite if the run diverged. */
  public double lossOrInfinite() {
    return validationLoss == null ? Double.POSITIVE_INFINITY : validationLoss;
  }
}
