package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Other kernels' arithmetic, wherever a subclass has none of its own. */
public abstract class ForwardingKernels implements Kernels {
  private final Kernels base;

  public ForwardingKernels(Kernels base) {
    this.base = base;
  }

  public Kernels base() {
    return base;
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    return base.convolution(shape);
  }

  @Override
  public InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu) {
    return base.inferenceConvolution(shape, relu);
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return base.batchNormalization(shape);
  }

  @Override
  public AddReluKernel addRelu(long length) {
    return base.addRelu(length);
  }

  @Override
  public AddKernel add(long length) {
    return base.add(length);
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    return base.activation(shape);
  }

  @Override
  public ScalarAffineKernel scalarAffine(long length, boolean multiplied) {
    return base.scalarAffine(length, multiplied);
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    return base.pooling(shape);
  }

  @Override
  public ConcatenationKernel concatenation(ConcatenationShape shape) {
    return base.concatenation(shape);
  }

  @Override
  public SubsampleKernel subsample(SubsampleShape shape) {
    return base.subsample(shape);
  }

  @Override
  public ClassifierKernel classifier() {
    return base.classifier();
  }

  @Override
  public void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step) {
    base.nesterov(parameters, gradient, velocity, from, to, step);
  }

  @Override
  public void adamW(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      INDArray secondMoments,
      long from,
      long to,
      AdamWStep step) {
    base.adamW(parameters, gradient, velocity, secondMoments, from, to, step);
  }

  @Override
  public void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    base.subtract(parameters, gradient, from, to);
  }

  @Override
  public double[] unitNorms(INDArray vector, long from, long to, int units) {
    return base.unitNorms(vector, from, to, units);
  }

  @Override
  public double[] unitDots(INDArray a, INDArray b, long from, long to, int units) {
    return base.unitDots(a, b, from, to, units);
  }

  @Override
  public void scaleUnits(INDArray vector, long from, long to, float[] factors) {
    base.scaleUnits(vector, from, to, factors);
  }

  @Override
  public void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient) {
    base.statisticsGradient(running, batch, rate, gradient);
  }
}
