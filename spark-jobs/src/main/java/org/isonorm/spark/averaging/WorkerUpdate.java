package org.isonorm.spark.averaging;

import java.io.Serializable;
import org.isonorm.spark.run.WireState;

/**
 * What a worker hands back after a round's local steps. Created on executors; serialized to the
 * driver or to the executor that adds up its group.
 */
public sealed interface WorkerUpdate extends Serializable {
  /** The worker's number. */
  int worker();

  /**
   * It trained.
   *
   * @param worker the worker's number
   * @param examples the examples it trained on, its weight in the average
   * @param state its parameters and velocity, as the run's {@link Exchange} returns them
   * @param lossSum the sum of the examples' cross-entropies before each update
   * @param correct the examples classified right before each update
   * @param computeSeconds time in forward, backward and update
   * @param inputSeconds time waiting for a batch
   */
  record Trained(
      int worker,
      int examples,
      WireState state,
      double lossSum,
      long correct,
      double computeSeconds,
      double inputSeconds)
      implements WorkerUpdate {}

  /** Its shard was exhausted before the round. */
  record Exhausted(int worker) implements WorkerUpdate {}

  /** It diverged. */
  record Diverged(int worker, Divergence divergence) implements WorkerUpdate {}
}
