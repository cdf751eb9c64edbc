package org.isonorm.init;

/** Is told how far a tuned method has come. */
@FunctionalInterface
public interface TuningProgress {
  /**
   * After a step.
   *
   * @param done steps done, from 1
   * @param total steps of the whole run
   * @param value what the method looks at: LSUV the layer's standard deviation, MetaInit the
   *     gradient quotient, GradInit the gradient's norm
   */
  void step(int done, int total, double value);

  /** Listens to nothing. */
  static TuningProgress none() {
    return (done, total, value) -> {};
  }
}
