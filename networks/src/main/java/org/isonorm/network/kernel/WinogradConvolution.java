package org.isonorm.network.kernel;

import java.lang.ref.Reference;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A 3×3 convolution at stride 1 with a quarter of the multiplications or little more, by Winograd's
 * minimal filtering (Winograd 1980; Lavin and Gray 2016) in all three passes: the maps of tiles in
 * Java's vector instructions, the products between them by oneDNN.
 */
final class WinogradConvolution implements SeparableConvolutionKernel, InferenceConvolutionKernel {
  /** Channels that fill the widest vector register. */
  private static final int LANES = 16;

  /** Channels below which the maps of tiles take longer than the multiplications they save. */
  private static final int LEAST_CHANNELS = 64;

  /**
   * Multiplications of a tap and an image below which a pass is too short to gain from sharing it:
   * ResNet-20 with its 64 channels of 8×8 pixels, 2^18, is no faster.
   */
  private static final long LEAST_WORK = 1 << 20;

  /** Products of the largest kind of tile. */
  private static final long MOST_PRODUCTS = 36;

  private final ConvolutionShape shape;
  private final boolean relu;
  private final OneDnn.Resources resources = new OneDnn.Resources();
  private final int threads;

  private WinogradCorrelation forward;
  private WinogradCorrelation inputGradient;
  private WinogradWeightsGradient weightsGradient;

  /**
   * Prepares nothing yet: each pass is prepared at its first use.
   *
   * @param relu whether max(0, ·) follows the forward pass
   * @param threads how many share the work; a number has results of its own, to the last bit
   */
  WinogradConvolution(ConvolutionShape shape, boolean relu, int threads) {
    this.shape = shape;
    this.relu = relu;
    this.threads = threads;
  }

  /** Whether this can compute convolutions of the shape. */
  static boolean supports(ConvolutionShape shape) {
    long largest =
        Math.max(
            Math.max(shape.inputLength(), shape.outputLength()),
            MOST_PRODUCTS * (shape.in() + 1) * shape.out());
    return shape.kernelHeight() == 3
        && shape.kernelWidth() == 3
        && shape.strideHeight() == 1
        && shape.strideWidth() == 1
        && shape.dilationHeight() == 1
        && shape.dilationWidth() == 1
        && shape.paddingHeight() <= 2
        && shape.paddingWidth() <= 2
        && shape.groups() == 1
        && shape.in() % LANES == 0
        && shape.out() % LANES == 0
        && largest * Float.BYTES < Integer.MAX_VALUE;
  }

  /**
   * Whether this computes them faster than a direct convolution. The rule knows the shape alone, so
   * that all machines of a cluster choose alike.
   */
  static boolean pays(ConvolutionShape shape) {
    return supports(shape)
        && Math.min(shape.in(), shape.out()) >= LEAST_CHANNELS
        && (long) shape.outHeight() * shape.outWidth() * shape.in() * shape.out() >= LEAST_WORK;
  }

  @Override
  public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
    if (forward == null) {
      forward = new WinogradCorrelation(resources, WinogradGeometry.forward(shape), false, threads);
    }
    try {
      forward.run(
          HostMemory.address(input, shape.inputLength()),
          HostMemory.address(weights, shape.weightsLength()),
          shape.bias() ? HostMemory.address(bias, shape.out()) : 0,
          relu,
          HostMemory.address(output, shape.outputLength()));
    } finally {
      Reference.reachabilityFence(new INDArray[] {input, weights, bias, output});
    }
  }

  @Override
  public void inputGradient(INDArray weights, INDArray outputGradient, INDArray gradient) {
    if (inputGradient == null) {
      inputGradient =
          new WinogradCorrelation(resources, WinogradGeometry.inputGradient(shape), true, threads);
    }
    try {
      inputGradient.run(
          HostMemory.address(outputGradient, shape.outputLength()),
          HostMemory.address(weights, shape.weightsLength()),
          0,
          false,
          HostMemory.address(gradient, shape.inputLength()));
    } finally {
      Reference.reachabilityFence(new INDArray[] {weights, outputGradient, gradient});
    }
  }

  @Override
  public void weightsGradient(
      INDArray input, INDArray outputGradient, INDArray gradient, INDArray biasGradient) {
    if (weightsGradient == null) {
      weightsGradient =
          new WinogradWeightsGradient(resources, WinogradGeometry.forward(shape), threads);
    }
    try {
      weightsGradient.run(
          HostMemory.address(input, shape.inputLength()),
          HostMemory.address(outputGradient, shape.outputLength()),
          HostMemory.address(gradient, shape.weightsLength()),
          shape.bias() ? HostMemory.address(biasGradient, shape.out()) : 0);
    } finally {
      Reference.reachabilityFence(new INDArray[] {input, outputGradient, gradient, biasGradient});
    }
  }

  @Override
  public void close() {
    resources.close();
  }
}
