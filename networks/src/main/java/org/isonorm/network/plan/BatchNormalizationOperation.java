package org.isonorm.network.plan;

import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A batch normalization by the batch's statistics, with ReLU where its kernel has it. */
final class BatchNormalizationOperation implements Operation {
  private final Tensor input;
  private final Tensor output;
  private final BatchNormalizationKernel kernel;
  private final Kernels arithmetic;
  private final Parameters parameters;
  private final Parameters gradients;
  private final double rate;
  private final INDArray mean;
  private final INDArray variance;
  private final Places places = new Places();

  /**
   * Scale, shift, running mean and running variance or their gradients, [channels] each.
   *
   * @param mean of the gradients: what is subtracted from the running mean
   */
  record Parameters(INDArray scale, INDArray shift, INDArray mean, INDArray variance) {}

  /**
   * A batch normalization.
   *
   * @param rate share of the batch's statistics in the running ones
   */
  BatchNormalizationOperation(
      Tensor input,
      Tensor output,
      BatchNormalizationKernel kernel,
      Kernels arithmetic,
      Parameters parameters,
      Parameters gradients,
      double rate) {
    this.input = input;
    this.output = output;
    this.kernel = kernel;
    this.arithmetic = arithmetic;
    this.parameters = parameters;
    this.gradients = gradients;
    this.rate = rate;
    this.mean = parameters.mean().ulike();
    this.variance = parameters.variance().ulike();
  }

  @Override
  public Tensor output() {
    return output;
  }

  @Override
  public void forward() {
    kernel.forwardTraining(
        input.value().array(),
        parameters.scale(),
        parameters.shift(),
        output.value().array(),
        mean,
        variance);
  }

  @Override
  public void planBackward(BackwardPlanner planner) {
    planner.read(input.value());
    places.output(planner.gradientOf(output));
    places.input(planner.giveInPlace(output, input));
  }

  @Override
  public void backward() {
    kernel.backward(
        input.value().array(),
        places.output(),
        parameters.scale(),
        mean,
        variance,
        places.input(),
        gradients.scale(),
        gradients.shift());
    arithmetic.statisticsGradient(parameters.mean(), mean, rate, gradients.mean());
    arithmetic.statisticsGradient(parameters.variance(), variance, rate, gradients.variance());
  }
}
