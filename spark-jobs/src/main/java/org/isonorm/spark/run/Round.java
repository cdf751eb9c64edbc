package org.isonorm.spark.run;

import java.io.Serializable;
import java.util.function.LongToDoubleFunction;

/**
 * The local steps every worker takes between two averages. Created on the driver; serialized to
 * executors.
 *
 * @param number the round's number in the run, from 0
 * @param epoch the epoch it belongs to, from 0; a round never spans two
 * @param firstStep its first local step within the epoch, from 0
 * @param firstStepOfRun its first local step within the run, from 0
 * @param learningRates the learning rate of each of its local steps
 */
public record Round(
    long number, int epoch, int firstStep, long firstStepOfRun, double[] learningRates)
    implements Serializable {
  /**
   * The round that follows, ending at the latest with its epoch.
   *
   * @param frequency local steps of a round
   * @param stepsInEpoch local steps of an epoch
   * @param learningRate of each local step of the run
   */
  public static Round next(
      Progress progress, int frequency, int stepsInEpoch, LongToDoubleFunction learningRate) {
    int steps = Math.min(frequency, stepsInEpoch - progress.stepInEpoch());
    double[] rates = new double[steps];
    for (int s = 0; s < steps; s++) {
      rates[s] = learningRate.applyAsDouble(progress.step() + s);
    }
    return new Round(
        progress.round(), progress.epoch(), progress.stepInEpoch(), progress.step(), rates);
  }

  /** The number of local steps. */
  public int steps() {
    return learningRates.length;
  }
}
