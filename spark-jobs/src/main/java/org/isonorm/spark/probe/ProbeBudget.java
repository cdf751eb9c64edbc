package org.isonorm.spark.probe;

import java.util.Locale;
import org.isonorm.spark.train.StartTrial;

/**
 * What a probe may cost, counted in steps of the training that it is for.
 *
 * @param trainingSteps of that training
 * @param evaluationSteps steps that evaluate the validation examples once would have been
 * @param steps of each short run
 */
record ProbeBudget(long trainingSteps, double evaluationSteps, int steps) {
  /** Products with the Hessian at most. */
  static final int PRODUCTS = 16;

  /** A product runs values and tangents forwards and backwards. */
  private static final int STEPS_A_PRODUCT = 3;

  /** Forwards alone is a third of forwards and backwards, whose two gradients cost as much each. */
  private static final double EVALUATION = 1. / 3;

  /** A run of fewer steps says next to nothing. */
  private static final int LEAST_STEPS = 16;

  /**
   * Shares a budget out.
   *
   * @param stepsPerEpoch of the training; a short run sees no image twice
   * @param batch images of a step
   * @param share of the training's steps that the probe may take
   * @throws IllegalArgumentException if that is too little
   */
  static ProbeBudget of(
      int epochs, int stepsPerEpoch, int batch, int validationExamples, double share) {
    long training = (long) epochs * stepsPerEpoch;
    double evaluation = EVALUATION * validationExamples / batch;
    double fixed = StartTrial.EQUILIBRIUM_BATCHES + PRODUCTS * STEPS_A_PRODUCT;
    int most = Math.min(LEAST_STEPS, stepsPerEpoch);
    double least = fixed + RateLadder.MOST_RUNS * (most + evaluation);
    if (share * training < least) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --share: %s of the training's %d steps is less than the %.0f that the shortest probe takes (%s)",
              share,
              training,
              Math.ceil(least),
              least > training
                  ? String.format(
                      Locale.ROOT,
                      "raise training.epochs to at least %.0f, or train without a probe",
                      Math.ceil(least / stepsPerEpoch))
                  : String.format(
                      Locale.ROOT,
                      "must be at least %.2g for this configuration",
                      Math.ceil(100 * least / training) / 100)));
    }
    double each = (share * training - fixed) / RateLadder.MOST_RUNS - evaluation;
    return new ProbeBudget(training, evaluation, (int) Math.min(each, stepsPerEpoch));
  }

  /** How many times as many steps as a short run the training has, at least 1. */
  double lengths() {
    return Math.max(1, (double) trainingSteps / steps);
  }

  /** The share of the training's steps that a probe took. */
  double cost(int products, int runs) {
    return (StartTrial.EQUILIBRIUM_BATCHES
            + STEPS_A_PRODUCT * products
            + runs * (steps + evaluationSteps))
        / trainingSteps;
  }
}
