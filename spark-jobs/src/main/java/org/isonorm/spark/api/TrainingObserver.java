package org.isonorm.spark.api;

/** Told of a run while it trains, on the thread that trains: be quick, or hand it on. */
public interface TrainingObserver {
  /** After an averaging round. */
  default void afterRound(TrainingProgress progress) {}

  /** After an epoch, with its validation if it was evaluated. */
  default void afterEpoch(TrainingProgress progress) {}
}
