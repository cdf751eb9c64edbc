package org.isonorm.network.plan;

import org.isonorm.network.kernel.SubsampleKernel;

/** A shortcut without weights. */
record SubsampleOperation(Tensor input, Tensor output, SubsampleKernel kernel, Places gradients)
    implements Operation {

  @Override
  public void forward() {
    kernel.forward(input.value().array(), output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    gradients.output(planner.gradientOf(output));
    gradients.input(planner.give(input));
  }

  @Override
  public void backward() {
    kernel.backward(gradients.output(), gradients.input());
  }
}
