package org.isonorm.network.plan;

/** One layer of a plan, bound to its places. */
interface Operation {

  /** What it writes; null where that is the loss. */
  Tensor output();

  void forward();

  /**
   * Says what the backward pass reads and where its gradients go. Called once, after the same
   * method of every consumer of its output.
   */
  void planBackward(BackwardPlanner planner);

  /** Writes the gradients of inputs and parameters. */
  void backward();

  /** Tells what it put out, if it has weights and has just gone forward. */
  default void tellOutput(Signals signals) {}

  /** Tells what came back, if it has weights and has just gone backward. */
  default void tellError(Signals signals) {}
}
