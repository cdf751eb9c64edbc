package org.isonorm.spark.grid;

import java.util.Optional;

/** What a slot does next. For several threads. */
interface TrialQueue {
  /**
   * A trial to be trained up to an epoch.
   *
   * @param epochs epochs after which it stops, for good or for a while
   */
  record Work(Trial trial, int epochs) {}

  /**
   * The next work; waits where the running trials decide whether there will be any.
   *
   * @return empty when there is nothing left to do
   */
  Optional<Work> next() throws InterruptedException;

  /** Gives out nothing more. */
  void stop();

  /** Takes the result of a work that {@link #next} gave out. */
  void ended(Work work, TrialResult result);
}
