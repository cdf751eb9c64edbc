package org.isonorm.network.plan;

import java.util.Optional;
import java.util.function.Consumer;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.Kernel;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch normalization that is not trained: by its running statistics, which stay as they are,
 * with ReLU where its kernel has it.
 */
final class FrozenNormalizationOperation implements Operation {
  private final Tensor input;
  private final Tensor output;
  private final BatchNormalizationKernel kernel;
  private final BatchNormalizationOperation.Parameters parameters;
  private final INDArray zeros;
  private final Backward backward;
  private final Places places = new Places();

  /**
   * The kernels of the backward pass. Without a shift and a mean the map is its own gradient, scale
   * / √(variance + ε) a channel.
   *
   * @param scaling the normalization without ReLU
   * @param relu where there is one: that of a residual sum, which knows by its output what it let
   *     through
   */
  record Backward(BatchNormalizationKernel scaling, Optional<AddReluKernel> relu) {
    static Backward of(BatchNormalizationShape shape, Kernels kernels, Consumer<Kernel> owned) {
      BatchNormalizationKernel scaling = kernels.batchNormalization(shape.withoutRelu());
      owned.accept(scaling);
      if (!shape.relu()) {
        return new Backward(scaling, Optional.empty());
      }
      AddReluKernel relu = kernels.addRelu(shape.length());
      owned.accept(relu);
      return new Backward(scaling, Optional.of(relu));
    }
  }

  FrozenNormalizationOperation(
      Tensor input,
      Tensor output,
      BatchNormalizationKernel kernel,
      BatchNormalizationOperation.Parameters parameters,
      Backward backward) {
    this.input = input;
    this.output = output;
    this.kernel = kernel;
    this.parameters = parameters;
    this.zeros = parameters.mean().like();
    this.backward = backward;
  }

  @Override
  public Tensor output() {
    return output;
  }

  @Override
  public void forward() {
    kernel.forwardInference(
        input.value().array(),
        parameters.scale(),
        parameters.shift(),
        parameters.mean(),
        parameters.variance(),
        output.value().array());
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    if (backward.relu().isPresent()) {
      planner.read(output.value());
    }
    places.output(planner.gradientOf(output));
    places.input(planner.giveInPlace(output, input));
  }

  @Override
  public void backward() {
    INDArray gradient = places.output();
    if (backward.relu().isPresent()) {
      backward.relu().get().backward(output.value().array(), gradient, places.input());
      gradient = places.input();
    }
    backward
        .scaling()
        .forwardInference(
            gradient, parameters.scale(), zeros, zeros, parameters.variance(), places.input());
  }
}
