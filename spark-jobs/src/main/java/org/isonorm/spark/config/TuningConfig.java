package org.isonorm.spark.config;

import org.isonorm.init.InitializationRule;
import org.isonorm.init.TuningMethod;
import org.isonorm.network.tuning.GraphTuner;

/**
 * Group {@code initialization.tuning}, read where {@code initialization.rule} is a tuned method.
 *
 * @param start rule of the start that the method scales, or published
 * @param iterations steps of the method; 0 for the published number
 * @param learningRate of the scales or norms; 0 for the published one
 * @param batchSize examples of a batch; 0 for the published number
 */
public record TuningConfig(String start, int iterations, double learningRate, int batchSize) {
  private static final String PUBLISHED = "published";

  public TuningConfig {
    if (!start.equals(PUBLISHED)) {
      Checks.delegate("initialization.tuning.start", () -> InitializationRule.named(start));
    }
    Checks.atLeast("initialization.tuning.iterations", iterations, 0);
    Checks.notNegative("initialization.tuning.learning-rate", learningRate);
    Checks.check(
        batchSize >= 0 && batchSize % 2 == 0,
        "initialization.tuning.batch-size",
        batchSize,
        "must be an even number, or 0 for the published one");
  }

  /** Name of the rule that a method's start is drawn by. */
  String startOf(TuningMethod method) {
    return start.equals(PUBLISHED) ? method.start() : start;
  }

  /**
   * The settings of a method for a network.
   *
   * @throws IllegalArgumentException if the method has no published ones for it and some are not
   *     given
   */
  GraphTuner.Settings settings(TuningMethod method, String network) {
    if (iterations > 0 && batchSize > 0 && (learningRate > 0 || method == TuningMethod.LSUV)) {
      return new GraphTuner.Settings(method, iterations, learningRate, batchSize);
    }
    GraphTuner.Settings published = GraphTuner.Settings.published(method, network);
    return new GraphTuner.Settings(
        method,
        iterations > 0 ? iterations : published.iterations(),
        learningRate > 0 ? learningRate : published.learningRate(),
        batchSize > 0 ? batchSize : published.batchSize());
  }
}
