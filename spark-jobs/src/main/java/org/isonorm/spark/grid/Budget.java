package org.isonorm.spark.grid;

import java.util.function.LongSupplier;

/** How much one call may still start. Not for several threads. */
final class Budget {
  private final LongSupplier nanoTime;
  private final long start;
  private final double minutes;
  private int trials;

  /**
   * A budget from now on.
   *
   * @param trials trials that may start, 0 for any number
   * @param minutes minutes in which trials may start, 0 for any time
   * @param nanoTime a clock in nanoseconds
   */
  Budget(int trials, double minutes, LongSupplier nanoTime) {
    this.trials = trials == 0 ? Integer.MAX_VALUE : trials;
    this.minutes = minutes;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
  }

  /** A budget without an end. */
  static Budget unlimited() {
    return new Budget(0, 0, () -> 0);
  }

  /** Whether another trial may start now. */
  boolean allows() {
    return trials > 0 && inTime();
  }

  /** Whether a trial may go on now that started before. */
  boolean inTime() {
    return minutes == 0 || (nanoTime.getAsLong() - start) / 60e9 < minutes;
  }

  /** Counts a trial that starts. */
  void spend() {
    trials--;
  }
}
