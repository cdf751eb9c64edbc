package org.isonorm.spark.train;

import java.io.IOException;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.MetricsLog;

/**
 * Told of a run's course by its {@link TrainingLoop}, in the order of a run's listeners: metrics,
 * progress lines, norms, checkpoints.
 */
interface TrainingListener {
  /**
   * Before the first round of a new run.
   *
   * @param learningRate of its first step
   */
  default void started(TrainingPoint start, double learningRate) throws IOException {}

  /**
   * After a round.
   *
   * @param totals of the epoch so far
   */
  default void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row)
      throws IOException {}

  /**
   * After an epoch.
   *
   * @param totals of the epoch
   * @param best whether it is the best on the validation examples so far
   */
  default void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best)
      throws IOException {}

  /**
   * Before a run ends because it was asked to.
   *
   * @param now after the last whole round
   */
  default void stopped(TrainingPoint now) throws IOException {}
}
