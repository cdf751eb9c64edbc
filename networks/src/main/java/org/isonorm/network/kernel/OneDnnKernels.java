package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * oneDNN on the CPU: JIT-compiled primitives for the instruction set at hand, on the arrays' own
 * memory.
 */
final class OneDnnKernels implements Kernels {

  /**
   * Loads oneDNN; an {@link UnsatisfiedLinkError} or {@link NoClassDefFoundError} says that this
   * platform has none.
   */
  OneDnnKernels() {
    OneDnn.ENGINE.get_kind();
  }

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    return new OneDnnConvolution(shape);
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return OneDnnFoldedBatchNormalization.suits(shape)
        ? new OneDnnFoldedBatchNormalization(shape)
        : new OneDnnBatchNormalization(shape);
  }

  @Override
  public AddReluKernel addRelu(long length) {
    return new OneDnnAddRelu(length);
  }

  @Override
  public AddKernel add(long length) {
    return new OneDnnAdd(length);
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    return OneDnnActivation.of(shape).orElseGet(() -> new ReferenceActivation(shape));
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    return new OneDnnPooling(shape);
  }

  @Override
  public ConcatenationKernel concatenation(ConcatenationShape shape) {
    return new OneDnnConcatenation(shape);
  }

  @Override
  public void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step) {
    HostVectors.nesterov(parameters, gradient, velocity, from, to, step);
  }

  @Override
  public void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    HostVectors.subtract(parameters, gradient, from, to);
  }

  @Override
  public void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient) {
    HostVectors.scaledDifference(running, batch, (float) rate, gradient);
  }
}
