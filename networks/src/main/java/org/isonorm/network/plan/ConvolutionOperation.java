package org.isonorm.network.plan;

import org.isonorm.network.kernel.ConvolutionKernel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution.
 *
 * @param bias null where there is none, and so its gradient
 * @param weightsGradient null where weights and bias are not trained, and so the bias's
 */
record ConvolutionOperation(
    Tensor input,
    Tensor output,
    ConvolutionKernel kernel,
    INDArray weights,
    INDArray bias,
    INDArray weightsGradient,
    INDArray biasGradient,
    Places gradients)
    implements Operation {

  @Override
  public void forward() {
    kernel.forward(input.value().array(), weights, bias, output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    if (weightsGradient != null) {
      planner.read(input.value());
    }
    gradients.output(planner.gradientOf(output));
    if (input.needsGradient()) {
      gradients.input(planner.give(input));
    }
  }

  @Override
  public void backward() {
    kernel.backward(
        input.value().array(),
        weights,
        gradients.output(),
        gradients.input(),
        weightsGradient,
        biasGradient);
  }

  @Override
  public void tellOutput(Signals signals) {
    signals.output(output.toString(), output.value().array());
  }

  @Override
  public void tellError(Signals signals) {
    signals.error(output.toString(), gradients.output());
    signals.weightsGradient(output.toString(), weightsGradient);
  }
}
