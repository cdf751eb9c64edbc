package org.isonorm.network.plan;

import org.isonorm.network.kernel.ScalarAffineKernel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A scalar multiplier and bias. Without multiplier the gradient of the output is that of the input
 * as it is.
 *
 * @param multiplier null where there is none, and so its gradient
 */
record ScalarAffineOperation(
    Tensor input,
    Tensor output,
    ScalarAffineKernel kernel,
    INDArray multiplier,
    INDArray bias,
    INDArray multiplierGradient,
    INDArray biasGradient,
    Places gradients)
    implements Operation {

  @Override
  public void forward() {
    kernel.forward(input.value().array(), multiplier, bias, output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    Place gradient = planner.gradientOf(output);
    gradients.output(gradient);
    if (multiplier == null) {
      planner.give(input, gradient);
    } else {
      planner.read(input.value());
      gradients.input(planner.give(input));
    }
  }

  @Override
  public void backward() {
    kernel.backward(
        input.value().array(),
        multiplier,
        gradients.output(),
        gradients.input(),
        multiplierGradient,
        biasGradient);
  }
}
