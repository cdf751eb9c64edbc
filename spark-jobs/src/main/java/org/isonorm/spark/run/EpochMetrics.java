package org.isonorm.spark.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
 * @param trainingSeconds of its rounds and those before; NaN where nobody said
 */
public record EpochMetrics(
    int epoch,
    long step,
    double learningRate,
    double trainLoss,
    double trainAccuracy,
    double validationLoss,
    double validationAccuracy,
    double wallClockSeconds,
    double trainingSeconds) {
  /** The finished epochs of a run's folder; none if it has no metrics.csv. */
  public static List<EpochMetrics> of(Path runFolder) throws IOException {
    Path file = new RunFolder(runFolder).metrics();
    return Files.exists(file) ? of(Metrics.load(file)) : List.of();
  }

  /** Its numbers by the names of {@link MetricsLog.Row#scalars()}; without those there are not. */
  public Map<String, Double> scalars() {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("epoch/training loss", trainLoss);
    scalars.put("epoch/training accuracy", trainAccuracy);
    if (!Double.isNaN(validationAccuracy)) {
      scalars.put("epoch/validation loss", validationLoss);
      scalars.put("epoch/validation accuracy", validationAccuracy);
    }
    scalars.put("epoch/learning rate", learningRate);
    return scalars;
  }

  private static List<EpochMetrics> of(Metrics metrics) {
    double[] seconds = metrics.trainingSeconds();
    return IntStream.range(0, seconds.length)
        .mapToObj(i -> of(metrics.epochs().get(i), seconds[i]))
        .toList();
  }

  private static EpochMetrics of(MetricsRow row, double trainingSeconds) {
    return new EpochMetrics(
        Math.toIntExact(row.epoch()),
        row.step(),
        row.learningRate(),
        row.loss(),
        row.trainAccuracy(),
        row.validationLoss().orElse(Double.NaN),
        row.validation(),
        row.wallClockSeconds(),
        trainingSeconds);
  }
}
