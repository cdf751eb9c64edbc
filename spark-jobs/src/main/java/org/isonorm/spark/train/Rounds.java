package org.isonorm.spark.train;

import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.RoundSummary;

/**
 * Who carries out the rounds of a {@link TrainingLoop}: workers on a cluster, one worker in this
 * task, or DL4J's own master. Keeps nothing that matters between rounds: the state goes in and
 * comes out.
 */
interface Rounds {
  /** Local steps of a round; the last of an epoch may have fewer. */
  int frequency();

  /** Whether its rounds are worth a row of metrics.csv each. */
  default boolean isObserved() {
    return true;
  }

  /**
   * A round's result.
   *
   * @param model after it
   * @param progress after it
   * @param summary what it cost and reached
   */
  record Result(ModelState model, Progress progress, RoundSummary summary) {}

  /**
   * Trains a round.
   *
   * @param from the state before it
   * @param progress how far training has come before it
   * @throws org.isonorm.spark.averaging.TrainingDivergedException at a loss that is not finite, or
   *     above the bound
   */
  Result train(ModelState from, Progress progress, Round round);
}
