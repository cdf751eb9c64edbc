package org.isonorm.network.plan;

import org.isonorm.network.kernel.ActivationKernel;

/** An activation function that is not part of another operation. */
record ActivationOperation(Tensor input, Tensor output, ActivationKernel kernel, Places gradients)
    implements Operation {

  @Override
  public void forward() {
    kernel.forward(input.value().array(), output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    planner.read(input.value());
    gradients.output(planner.gradientOf(output));
    gradients.input(planner.giveInPlace(output, input));
  }

  @Override
  public void backward() {
    kernel.backward(input.value().array(), gradients.output(), gradients.input());
  }
}
