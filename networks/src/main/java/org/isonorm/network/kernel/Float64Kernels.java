package org.isonorm.network.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every array in float64, on the CPU: convolutions and batch normalization, which is where time
 * goes, by {@link Float64Convolution} and {@link Float64BatchNormalization}, all else by ND4J's
 * operations. oneDNN has no float64. Not for several threads: convolutions share their scratch
 * memory.
 */
final class Float64Kernels implements Kernels {
  private final Kernels others = new Nd4jKernels();
  private final Float64Convolution.Scratch scratch = new Float64Convolution.Scratch();

  @Override
  public String name() {
    return "float64";
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    return shape.groups() == 1 ? new Float64Convolution(shape, scratch) : others.convolution(shape);
  }

  @Override
  public InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu) {
    return others.inferenceConvolution(shape, relu);
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return new Float64BatchNormalization(shape);
  }

  @Override
  public AddReluKernel addRelu(long length) {
    return others.addRelu(length);
  }

  @Override
  public AddKernel add(long length) {
    return others.add(length);
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    return others.activation(shape);
  }

  @Override
  public ScalarAffineKernel scalarAffine(long length, boolean multiplied) {
    return others.scalarAffine(length, multiplied);
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    return others.pooling(shape);
  }

  @Override
  public ConcatenationKernel concatenation(ConcatenationShape shape) {
    return others.concatenation(shape);
  }

  @Override
  public SubsampleKernel subsample(SubsampleShape shape) {
    return others.subsample(shape);
  }

  @Override
  public void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step) {
    others.nesterov(parameters, gradient, velocity, from, to, step);
  }

  @Override
  public void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    others.subtract(parameters, gradient, from, to);
  }

  @Override
  public double[] unitNorms(INDArray vector, long from, long to, int units) {
    return others.unitNorms(vector, from, to, units);
  }

  @Override
  public void scaleUnits(INDArray vector, long from, long to, float[] factors) {
    others.scaleUnits(vector, from, to, factors);
  }

  @Override
  public void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient) {
    others.statisticsGradient(running, batch, rate, gradient);
  }

  @Override
  public Kernels withPrecision(Precision precision) {
    return precision == Precision.FLOAT64 ? this : Kernels.super.withPrecision(precision);
  }
}
