package org.isonorm.spark.schedule;

import java.io.Serializable;

/**
 * Lowers the learning rate when the validation accuracy stops rising: PyTorch's ReduceLROnPlateau
 * in mode {@code max} with a relative threshold and no cooldown.
 *
 * @param learningRate of the run's start
 * @param factor what the rate is multiplied by, in (0, 1)
 * @param patience evaluations in a row without a better accuracy that change nothing yet
 * @param threshold an accuracy a is better than the best b if a > (1 + threshold) · b
 * @param least rate that is not fallen below
 */
public record Plateau(
    double learningRate, double factor, int patience, double threshold, double least) {
  /** A change of the rate by no more than this is left out, as in PyTorch. */
  private static final double LEAST_CHANGE = 1e-8;

  /**
   * What there was so far: a function of the accuracies alone. Part of every checkpoint.
   *
   * @param reductions how often the rate was to be lowered
   * @param worse evaluations in a row that were not better
   * @param best accuracy; below 0 where there was none
   */
  public record State(int reductions, int worse, double best) implements Serializable {
    /** Before the first evaluation. */
    public static final State START = new State(0, 0, -1);
  }

  /** The state after one more evaluation. */
  public State after(State state, double accuracy) {
    if (accuracy > (1 + threshold) * state.best()) {
      return new State(state.reductions(), 0, accuracy);
    }
    return state.worse() < patience
        ? new State(state.reductions(), state.worse() + 1, state.best())
        : new State(state.reductions() + 1, 0, state.best());
  }

  /** What the learning rate of the run's start is multiplied by in a state. */
  public double factorOf(State state) {
    double rate = learningRate;
    for (int i = 0; i < state.reductions(); i++) {
      double lower = Math.max(rate * factor, least);
      if (rate - lower > LEAST_CHANGE) {
        rate = lower;
      }
    }
    return rate / learningRate;
  }
}
