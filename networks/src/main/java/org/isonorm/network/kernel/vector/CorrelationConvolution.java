package org.isonorm.network.kernel.vector;

import java.lang.ref.Reference;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SeparableConvolutionKernel;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A 3×3 convolution at stride 1 as three passes on the arrays' own memory, each prepared at its
 * first use: inference never prepares the backward ones.
 */
abstract class CorrelationConvolution
    implements SeparableConvolutionKernel, InferenceConvolutionKernel {
  private final ConvolutionShape shape;
  private final Precision precision;
  private final OneDnn.Resources resources = new OneDnn.Resources();

  private CorrelationPass forward;
  private CorrelationPass inputGradient;
  private WeightsGradientPass weightsGradient;

  /**
   * Prepares nothing yet.
   *
   * @param precision of the activations
   */
  CorrelationConvolution(ConvolutionShape shape, Precision precision) {
    this.shape = shape;
    this.precision = precision;
  }

  /** From the input to the output. */
  abstract CorrelationPass forward(OneDnn.Resources owner, Correlation correlation);

  /**
   * From the output's gradient to the input's, by weights [in, out, 3, 3] whose taps are turned
   * round.
   */
  abstract CorrelationPass inputGradient(OneDnn.Resources owner, Correlation correlation);

  abstract WeightsGradientPass weightsGradient(OneDnn.Resources owner, Correlation correlation);

  @Override
  public final void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
    if (forward == null) {
      forward = forward(resources, Correlation.forward(shape));
    }
    try {
      forward.run(
          HostMemory.address(input, shape.inputLength(), precision),
          HostMemory.address(weights, shape.weightsLength()),
          shape.bias() ? HostMemory.address(bias, shape.out()) : 0,
          HostMemory.address(output, shape.outputLength(), precision));
    } finally {
      Reference.reachabilityFence(new INDArray[] {input, weights, bias, output});
    }
  }

  @Override
  public final void inputGradient(INDArray weights, INDArray outputGradient, INDArray gradient) {
    if (inputGradient == null) {
      inputGradient = inputGradient(resources, Correlation.inputGradient(shape));
    }
    try {
      inputGradient.run(
          HostMemory.address(outputGradient, shape.outputLength(), precision),
          HostMemory.address(weights, shape.weightsLength()),
          0,
          HostMemory.address(gradient, shape.inputLength(), precision));
    } finally {
      Reference.reachabilityFence(new INDArray[] {weights, outputGradient, gradient});
    }
  }

  @Override
  public final void weightsGradient(
      INDArray input, INDArray outputGradient, INDArray gradient, INDArray biasGradient) {
    if (weightsGradient == null) {
      weightsGradient = weightsGradient(resources, Correlation.forward(shape));
    }
    try {
      weightsGradient.run(
          HostMemory.address(input, shape.inputLength(), precision),
          HostMemory.address(outputGradient, shape.outputLength(), precision),
          HostMemory.address(gradient, shape.weightsLength()),
          shape.bias() ? HostMemory.address(biasGradient, shape.out()) : 0);
    } finally {
      Reference.reachabilityFence(new INDArray[] {input, outputGradient, gradient, biasGradient});
    }
  }

  @Override
  public final void close() {
    resources.close();
  }
}
