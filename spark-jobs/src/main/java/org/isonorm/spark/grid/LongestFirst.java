package org.isonorm.spark.grid;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Every trial whole, the longest first, so that no slot is left alone with a long one at the end;
 * those of equal length in their own order.
 */
final class LongestFirst implements TrialQueue {
  private final Deque<Trial> waiting;
  private final Budget budget;

  /**
   * A queue of trials.
   *
   * @param length how long a trial takes, in any unit
   */
  LongestFirst(List<Trial> trials, ToDoubleFunction<Trial> length, Budget budget) {
    this.waiting =
        new ArrayDeque<>(
            trials.stream().sorted(Comparator.comparingDouble(length).reversed()).toList());
    this.budget = budget;
  }

  @Override
  public synchronized Optional<Work> next() {
    if (waiting.isEmpty() || !budget.allows()) {
      return Optional.empty();
    }
    budget.spend();
    Trial trial = waiting.remove();
    return Optional.of(new Work(trial, trial.epochs()));
  }

  @Override
  public synchronized void stop() {
    waiting.clear();
  }

  @Override
  public void ended(Work work, TrialResult result) {
    // Nothing follows from it.
  }
}
