package org.isonorm.network.plan;

import org.isonorm.network.kernel.AddReluKernel;

/** The end of a residual block. Both inputs are given one and the same gradient. */
record AddReluOperation(
    Tensor first, Tensor second, Tensor output, AddReluKernel kernel, Places gradients)
    implements Operation {

  @Override
  public void forward() {
    kernel.forward(first.value().array(), second.value().array(), output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    planner.read(output.value());
    gradients.output(planner.gradientOf(output));
    Place shared = planner.giveInPlace(output, first);
    gradients.input(shared);
    planner.give(second, shared);
  }

  @Override
  public void backward() {
    kernel.backward(output.value().array(), gradients.output(), gradients.input());
  }
}
