package org.isonorm.spark.report;

/**
 * A line of metrics.csv: an averaging round or an epoch. Numbers that the run did not measure are
 * NaN.
 *
 * @param epoch counted from 1
 * @param step local steps of a worker since the run's start
 * @param learningRate at that step
 * @param trainLoss mean cross-entropy an example
 * @param trainAccuracy share of the examples in 0..1, as are all accuracies
 * @param diverged whether a training loss was measured and is NaN or infinite
 * @param imagesPerSecond of all workers together
 * @param computeSeconds of the row's round or epoch, as are syncSeconds and inputSeconds
 * @param wallClockSeconds since the run's start
 */
record MetricsRow(
    long epoch,
    long step,
    double learningRate,
    double trainLoss,
    double trainAccuracy,
    boolean diverged,
    double validationLoss,
    double validationAccuracy,
    double imagesPerSecond,
    double computeSeconds,
    double syncSeconds,
    double inputSeconds,
    double wallClockSeconds,
    double validationTop5Accuracy) {

  static MetricsRow of(CsvTable.Row row) {
    double trainLoss = row.number("trainLoss");
    return new MetricsRow(
        row.whole("epoch"),
        row.whole("step"),
        row.number("learningRate"),
        trainLoss,
        row.number("trainAccuracy"),
        !row.text("trainLoss").isEmpty() && !Double.isFinite(trainLoss),
        row.number("validationLoss"),
        row.number("validationAccuracy"),
        row.number("imagesPerSecond"),
        row.number("computeSeconds"),
        row.number("syncSeconds"),
        row.number("inputSeconds"),
        row.number("wallClockSeconds"),
        row.number("validationTop5Accuracy"));
  }

  double seconds() {
    return computeSeconds + syncSeconds + inputSeconds;
  }
}
