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
}
