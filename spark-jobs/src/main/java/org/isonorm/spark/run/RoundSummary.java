package org.isonorm.spark.run;

/**
 * One averaging round, as the driver saw it.
 *
 * @param round the round: its epoch, its steps and their learning rates
 * @param examples the examples of all workers in it
 * @param lossSum the sum of their cross-entropies, each before its update
 * @param correct those classified right before their update; -1 where nobody counts
 * @param wallSeconds from the broadcast to the averaged parameters
 * @param computeSeconds the slowest worker's time in forward, backward and update
 * @param inputSeconds the longest wait of a worker for its batches
 * @param stateBytes of parameters and velocity as they went to each worker, and as many came back
 */
public record RoundSummary(
    Round round,
    long examples,
    double lossSum,
    long correct,
    double wallSeconds,
    double computeSeconds,
    double inputSeconds,
    long stateBytes) {
  /** What the round spent neither computing nor waiting for input: broadcast, tasks, averaging. */
  public double syncSeconds() {
    return Math.max(0, wallSeconds - computeSeconds - inputSeconds);
  }

  /** The mean cross-entropy. */
  public double loss() {
    return lossSum / examples;
  }
}
