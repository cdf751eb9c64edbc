package org.isonorm.network.benchmark;

import java.util.Optional;
import java.util.function.Supplier;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.NesterovStep;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.PreactivatedConvolutionKernel;
import org.isonorm.network.kernel.PreactivatedConvolutionShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.isonorm.network.kernel.SeparableConvolutionKernel;
import org.isonorm.network.kernel.StepPart;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Other kernels with every call timed by its part of the step, for benchmarks. The weights' change
 * of layout counts as part of the convolution it serves. Unlike other kernels, these belong to one
 * replica: give them to its graph with {@link KernelProvider#with}.
 */
public final class TimedKernels implements Kernels {
  private final Kernels kernels;
  private final PartTimes times;

  /**
   * Times the calls of {@code kernels}.
   *
   * @param times where the times are added
   */
  public TimedKernels(Kernels kernels, PartTimes times) {
    this.kernels = kernels;
    this.times = times;
  }

  @Override
  public String name() {
    return kernels.name();
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    ConvolutionKernel kernel = kernels.convolution(shape);
    return kernel instanceof SeparableConvolutionKernel separable
        ? new SeparateConvolution(separable, times)
        : new Convolution(kernel, times);
  }

  @Override
  public InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu) {
    return new InferenceConvolution(kernels.inferenceConvolution(shape, relu), times);
  }

  @Override
  public Optional<PreactivatedConvolutionKernel> preactivatedConvolution(
      PreactivatedConvolutionShape shape) {
    return kernels
        .preactivatedConvolution(shape)
        .map(kernel -> new PreactivatedConvolution(kernel, times));
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return new BatchNormalization(kernels.batchNormalization(shape), times);
  }

  @Override
  public AddReluKernel addRelu(long length) {
    return new AddRelu(kernels.addRelu(length), times);
  }

  @Override
  public AddKernel add(long length) {
    return new Add(kernels.add(length), times);
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    return new Activation(kernels.activation(shape), times);
  }

  @Override
  public ScalarAffineKernel scalarAffine(long length, boolean multiplied) {
    return new ScalarAffine(kernels.scalarAffine(length, multiplied), times);
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    return new Pooling(kernels.pooling(shape), times);
  }

  @Override
  public ConcatenationKernel concatenation(ConcatenationShape shape) {
    return new Concatenation(kernels.concatenation(shape), times);
  }

  @Override
  public SubsampleKernel subsample(SubsampleShape shape) {
    return new Subsample(kernels.subsample(shape), times);
  }

  @Override
  public Kernels withPrecision(Precision precision) {
    return new TimedKernels(kernels.withPrecision(precision), times);
  }

  @Override
  public void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step) {
    long start = System.nanoTime();
    kernels.nesterov(parameters, gradient, velocity, from, to, step);
    times.addSince(start, StepPart.OPTIMIZER);
  }

  @Override
  public void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    long start = System.nanoTime();
    kernels.subtract(parameters, gradient, from, to);
    times.addSince(start, StepPart.OPTIMIZER);
  }

  @Override
  public double[] unitNorms(INDArray vector, long from, long to, int units) {
    long start = System.nanoTime();
    double[] norms = kernels.unitNorms(vector, from, to, units);
    times.addSince(start, StepPart.OPTIMIZER);
    return norms;
  }

  @Override
  public void scaleUnits(INDArray vector, long from, long to, float[] factors) {
    long start = System.nanoTime();
    kernels.scaleUnits(vector, from, to, factors);
    times.addSince(start, StepPart.OPTIMIZER);
  }

  @Override
  public void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient) {
    long start = System.nanoTime();
    kernels.statisticsGradient(running, batch, rate, gradient);
    times.addSince(start, StepPart.RUNNING_STATISTICS);
  }

  @Override
  public <T> T part(StepPart part, Supplier<T> work) {
    long start = System.nanoTime();
    T result = work.get();
    times.addSince(start, part);
    return result;
  }

  private record Convolution(ConvolutionKernel kernel, PartTimes times)
      implements ConvolutionKernel {

    @Override
    public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(input, weights, bias, output);
      times.addSince(start, StepPart.CONVOLUTION_FORWARD);
    }

    @Override
    public void backward(
        INDArray input,
        INDArray weights,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray weightsGradient,
        INDArray biasGradient) {
      long start = System.nanoTime();
      kernel.backward(input, weights, outputGradient, inputGradient, weightsGradient, biasGradient);
      times.addSince(start, StepPart.CONVOLUTION_GRADIENTS);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record SeparateConvolution(SeparableConvolutionKernel kernel, PartTimes times)
      implements SeparableConvolutionKernel {

    @Override
    public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(input, weights, bias, output);
      times.addSince(start, StepPart.CONVOLUTION_FORWARD);
    }

    @Override
    public void inputGradient(INDArray weights, INDArray outputGradient, INDArray inputGradient) {
      long start = System.nanoTime();
      kernel.inputGradient(weights, outputGradient, inputGradient);
      times.addSince(start, StepPart.CONVOLUTION_DATA_GRADIENT);
    }

    @Override
    public void weightsGradient(
        INDArray input, INDArray outputGradient, INDArray weightsGradient, INDArray biasGradient) {
      long start = System.nanoTime();
      kernel.weightsGradient(input, outputGradient, weightsGradient, biasGradient);
      times.addSince(start, StepPart.CONVOLUTION_WEIGHTS_GRADIENT);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record PreactivatedConvolution(PreactivatedConvolutionKernel kernel, PartTimes times)
      implements PreactivatedConvolutionKernel {

    @Override
    public void forward(
        INDArray[] inputs,
        INDArray scale,
        INDArray shift,
        INDArray weights,
        INDArray bias,
        INDArray output) {
      long start = System.nanoTime();
      kernel.forward(inputs, scale, shift, weights, bias, output);
      times.addSince(start, StepPart.CONVOLUTION_FORWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record BatchNormalization(BatchNormalizationKernel kernel, PartTimes times)
      implements BatchNormalizationKernel {

    @Override
    public void forwardTraining(
        INDArray input,
        INDArray scale,
        INDArray shift,
        INDArray output,
        INDArray mean,
        INDArray variance) {
      long start = System.nanoTime();
      kernel.forwardTraining(input, scale, shift, output, mean, variance);
      times.addSince(start, StepPart.BATCH_NORMALIZATION_FORWARD);
    }

    @Override
    public void backward(
        INDArray input,
        INDArray outputGradient,
        INDArray scale,
        INDArray mean,
        INDArray variance,
        INDArray inputGradient,
        INDArray scaleGradient,
        INDArray shiftGradient) {
      long start = System.nanoTime();
      kernel.backward(
          input,
          outputGradient,
          scale,
          mean,
          variance,
          inputGradient,
          scaleGradient,
          shiftGradient);
      times.addSince(start, StepPart.BATCH_NORMALIZATION_BACKWARD);
    }

    @Override
    public void forwardInference(
        INDArray input,
        INDArray scale,
        INDArray shift,
        INDArray mean,
        INDArray variance,
        INDArray output) {
      long start = System.nanoTime();
      kernel.forwardInference(input, scale, shift, mean, variance, output);
      times.addSince(start, StepPart.BATCH_NORMALIZATION_FORWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record AddRelu(AddReluKernel kernel, PartTimes times) implements AddReluKernel {

    @Override
    public void forward(INDArray a, INDArray b, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(a, b, output);
      times.addSince(start, StepPart.ADD_RELU_FORWARD);
    }

    @Override
    public void backward(INDArray output, INDArray outputGradient, INDArray inputGradient) {
      long start = System.nanoTime();
      kernel.backward(output, outputGradient, inputGradient);
      times.addSince(start, StepPart.ADD_RELU_BACKWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record Pooling(PoolingKernel kernel, PartTimes times) implements PoolingKernel {

    @Override
    public void forwardTraining(INDArray input, INDArray output) {
      long start = System.nanoTime();
      kernel.forwardTraining(input, output);
      times.addSince(start, StepPart.POOLING_FORWARD);
    }

    @Override
    public void forwardInference(INDArray input, INDArray output) {
      long start = System.nanoTime();
      kernel.forwardInference(input, output);
      times.addSince(start, StepPart.POOLING_FORWARD);
    }

    @Override
    public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
      long start = System.nanoTime();
      kernel.backward(input, outputGradient, inputGradient);
      times.addSince(start, StepPart.POOLING_BACKWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record Add(AddKernel kernel, PartTimes times) implements AddKernel {

    @Override
    public void forward(INDArray a, INDArray b, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(a, b, output);
      times.addSince(start, StepPart.ADDITION);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record Concatenation(ConcatenationKernel kernel, PartTimes times)
      implements ConcatenationKernel {

    @Override
    public void forward(INDArray[] inputs, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(inputs, output);
      times.addSince(start, StepPart.CONCATENATION_FORWARD);
    }

    @Override
    public void backward(INDArray outputGradient, INDArray[] inputGradients) {
      long start = System.nanoTime();
      kernel.backward(outputGradient, inputGradients);
      times.addSince(start, StepPart.CONCATENATION_BACKWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record ScalarAffine(ScalarAffineKernel kernel, PartTimes times)
      implements ScalarAffineKernel {

    @Override
    public void forward(INDArray input, INDArray multiplier, INDArray bias, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(input, multiplier, bias, output);
      times.addSince(start, StepPart.SCALARS_FORWARD);
    }

    @Override
    public void backward(
        INDArray input,
        INDArray multiplier,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray multiplierGradient,
        INDArray biasGradient) {
      long start = System.nanoTime();
      kernel.backward(
          input, multiplier, outputGradient, inputGradient, multiplierGradient, biasGradient);
      times.addSince(start, StepPart.SCALARS_BACKWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record Activation(ActivationKernel kernel, PartTimes times) implements ActivationKernel {

    @Override
    public void forward(INDArray input, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(input, output);
      times.addSince(start, StepPart.ACTIVATION_FORWARD);
    }

    @Override
    public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
      long start = System.nanoTime();
      kernel.backward(input, outputGradient, inputGradient);
      times.addSince(start, StepPart.ACTIVATION_BACKWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record InferenceConvolution(InferenceConvolutionKernel kernel, PartTimes times)
      implements InferenceConvolutionKernel {

    @Override
    public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(input, weights, bias, output);
      times.addSince(start, StepPart.CONVOLUTION_FORWARD);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private record Subsample(SubsampleKernel kernel, PartTimes times) implements SubsampleKernel {

    @Override
    public void forward(INDArray input, INDArray output) {
      long start = System.nanoTime();
      kernel.forward(input, output);
      times.addSince(start, StepPart.SHORTCUT);
    }

    @Override
    public void backward(INDArray outputGradient, INDArray inputGradient) {
      long start = System.nanoTime();
      kernel.backward(outputGradient, inputGradient);
      times.addSince(start, StepPart.SHORTCUT);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }
}
