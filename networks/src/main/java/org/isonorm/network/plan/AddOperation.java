package org.isonorm.network.plan;

import org.isonorm.network.kernel.AddKernel;

/** The end of a pre-activation residual block. Its gradient is that of both inputs as it is. */
record AddOperation(Tensor first, Tensor second, Tensor output, AddKernel kernel)
    implements Operation {

  @Override
  public void forward() {
    kernel.forward(first.value().array(), second.value().array(), output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    Place gradient = planner.gradientOf(output);
    planner.give(first, gradient);
    planner.give(second, gradient);
  }

  @Override
  public void backward() {
    // Nothing to compute.
  }
}
