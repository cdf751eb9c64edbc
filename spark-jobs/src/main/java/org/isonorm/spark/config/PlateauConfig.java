package org.isonorm.spark.config;

/**
 * Group {@code optimizer.plateau}.
 *
 * @param factor what the learning rate is multiplied by, in (0, 1)
 * @param patience evaluations in a row without a better accuracy that change nothing yet
 * @param threshold share of the best accuracy by which a better one exceeds it
 * @param leastLearningRate rate that is not fallen below
 */
public record PlateauConfig(
    double factor, int patience, double threshold, double leastLearningRate) {
  public PlateauConfig {
    Checks.check(
        factor > 0 && factor < 1,
        "optimizer.plateau.factor",
        Checks.plain(factor),
        "must be in (0, 1)");
    Checks.atLeast("optimizer.plateau.patience", patience, 0);
    Checks.notNegative("optimizer.plateau.threshold", threshold);
    Checks.notNegative("optimizer.plateau.least-learning-rate", leastLearningRate);
  }

  /** The same of rates that are so many times as large. */
  PlateauConfig times(double scale) {
    return new PlateauConfig(factor, patience, threshold, leastLearningRate * scale);
  }
}
