package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A concatenation over channels. */
final class ConcatenationOperation implements Operation {
  private final List<Tensor> inputs;
  private final Tensor output;
  private final ConcatenationKernel kernel;
  private final List<Place> inputGradients = new ArrayList<>();
  private Place outputGradient;

  ConcatenationOperation(List<Tensor> inputs, Tensor output, ConcatenationKernel kernel) {
    this.inputs = List.copyOf(inputs);
    this.output = output;
    this.kernel = kernel;
  }

  @Override
  public Tensor output() {
    return output;
  }

  @Override
  public void forward() {
    kernel.forward(Tensor.values(inputs), output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    outputGradient = planner.gradientOf(output);
    inputs.forEach(input -> inputGradients.add(planner.give(input)));
  }

  @Override
  public void backward() {
    kernel.backward(
        outputGradient.array(), inputGradients.stream().map(Place::array).toArray(INDArray[]::new));
  }
}
