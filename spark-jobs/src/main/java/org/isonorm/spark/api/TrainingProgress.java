package org.isonorm.spark.api;

import java.util.OptionalDouble;
import org.isonorm.spark.run.MetricsLog;

/**
 * How far a run has come, and with what: a row of its metrics.csv.
 *
 * @param epoch the epoch, from 1
 * @param round averaging rounds done in the run
 * @param step local steps done in the run
 * @param examplesSeen training examples seen in the run
 * @param learningRate of the last local step
 * @param trainingLoss mean cross-entropy of the round's or epoch's examples before their updates
 * @param trainingAccuracy share of them classified right, in [0, 1]
 * @param validationLoss mean cross-entropy on the validation examples, if they were evaluated
 * @param validationAccuracy share of them classified right, in [0, 1], if they were evaluated
 * @param imagesPerSecond over the round's or epoch's training
 */
public record TrainingProgress(
    int epoch,
    long round,
    long step,
    long examplesSeen,
    double learningRate,
    double trainingLoss,
    double trainingAccuracy,
    OptionalDouble validationLoss,
    OptionalDouble validationAccuracy,
    double imagesPerSecond) {
  static TrainingProgress of(MetricsLog.Row row) {
    boolean evaluated = row.validation() != null;
    return new TrainingProgress(
        row.epoch(),
        row.round(),
        row.step(),
        row.examplesSeen(),
        row.learningRate(),
        row.trainLoss(),
        row.trainAccuracy(),
        evaluated ? OptionalDouble.of(row.validation().loss()) : OptionalDouble.empty(),
        evaluated ? OptionalDouble.of(row.validation().top1Accuracy()) : OptionalDouble.empty(),
        row.imagesPerSecond());
  }
}
