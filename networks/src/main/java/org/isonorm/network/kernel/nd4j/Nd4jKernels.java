package org.isonorm.network.kernel.nd4j;

import java.util.Locale;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.AdamWStep;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.Checks;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.NesterovStep;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.SamePadding;
import org.isonorm.network.kernel.ScalarAffineKernel;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.kernel.reference.ReferenceActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp.DynamicCustomOpsBuilder;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.AddOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * ND4J's own operations, which every backend has and which are cuDNN's under nd4j-cuda. On the CPU
 * their backward passes are many times slower than oneDNN's.
 */
@SuppressWarnings("try") // A workspace is left by being open, not by being used.
public final class Nd4jKernels implements Kernels {

  /** The number by which ND4J's operations know NHWC activations. */
  private static final int NHWC = 1;

  /** The number by which ND4J's operations know [out, in, height, width] weights. */
  private static final int OIHW = 1;

  private static final int EXPLICIT_PADDING = 0;

  /** As much padding as gives an output pixel for every stride pixels, more of it at the end. */
  private static final int SAME_PADDING = 1;

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    if (shape.hasExtraPadding()) {
      requireSame(
          shape.kernelHeight(),
          shape.dilationHeight(),
          shape.strideHeight(),
          shape.inHeight(),
          shape.paddingHeight(),
          shape.extraHeight());
      requireSame(
          shape.kernelWidth(),
          shape.dilationWidth(),
          shape.strideWidth(),
          shape.inWidth(),
          shape.paddingWidth(),
          shape.extraWidth());
    }
    return shape.groups() == 1
        ? new Convolution(shape)
        : new GroupedConvolution(shape, new Convolution(shape.ofOneGroup()));
  }

  @Override
  public InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu) {
    ConvolutionKernel convolution = convolution(shape);
    return (input, weights, bias, output) -> {
      convolution.forward(input, weights, bias, output);
      if (relu) {
        Transforms.relu(output, false);
      }
    };
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return new BatchNormalization(shape);
  }

  @Override
  public AddReluKernel addRelu(long length) {
    Checks.positive("length", length);
    return new AddRelu();
  }

  @Override
  public AddKernel add(long length) {
    Checks.positive("length", length);
    return (a, b, output) -> Nd4j.exec(new AddOp(a, b, output));
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    return Nd4jActivation.of(shape).orElseGet(() -> new ReferenceActivation(shape));
  }

  @Override
  public ScalarAffineKernel scalarAffine(long length, boolean multiplied) {
    Checks.positive("length", length);
    return new ScalarAffine();
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    if (shape.hasExtraPadding()) {
      requireSame(
          shape.windowHeight(),
          1,
          shape.strideHeight(),
          shape.inHeight(),
          shape.paddingHeight(),
          shape.extraHeight());
      requireSame(
          shape.windowWidth(),
          1,
          shape.strideWidth(),
          shape.inWidth(),
          shape.paddingWidth(),
          shape.extraWidth());
    }
    return new Pooling(shape);
  }

  /** The operations know no padding of their own on each side but this one. */
  private static void requireSame(
      int window, int dilation, int stride, int in, int padding, int extra) {
    SamePadding same = SamePadding.of(window, dilation, stride, in);
    if (same.before() != padding || same.extra() != extra) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "Unsupported padding: %d before and %d after (ND4J's operations have %d and %d, the same for both, or none)",
              padding,
              padding + extra,
              same.before(),
              same.before() + same.extra()));
    }
  }

  @Override
  public ConcatenationKernel concatenation(ConcatenationShape shape) {
    return new Concatenation(shape);
  }

  @Override
  public SubsampleKernel subsample(SubsampleShape shape) {
    return new Nd4jSubsample(shape);
  }

  /** The operations compute in the type of their arrays. */
  @Override
  public Kernels withPrecision(Precision precision) {
    return precision == Precision.FLOAT64 ? this : Kernels.super.withPrecision(precision);
  }

  @Override
  public void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step) {
    Checks.range(from, to, parameters.length());
    if (from == to) {
      return; // ND4J refuses to compute on an empty view.
    }
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray w = run(parameters, from, to);
      INDArray v = run(velocity, from, to);
      INDArray g =
          run(gradient, from, to).mul(step.gradientScale()).addi(w.mul(step.weightDecay()));
      v.muli(step.momentum()).addi(g);
      INDArray direction = step.nesterov() ? g.addi(v.mul(step.momentum())) : v;
      w.subi(direction.mul(step.learningRate()));
    }
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
    Checks.range(from, to, parameters.length());
    if (from == to) {
      return; // ND4J refuses to compute on an empty view.
    }
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray w = run(parameters, from, to);
      INDArray m = run(velocity, from, to);
      INDArray v = run(secondMoments, from, to);
      INDArray g = run(gradient, from, to).mul(step.gradientScale());
      m.muli(step.beta1()).addi(g.mul(1 - step.beta1()));
      v.muli(step.beta2()).addi(g.muli(g).muli(1 - step.beta2()));
      INDArray root = Transforms.sqrt(v).muli(step.rootScale()).addi(step.epsilon());
      w.muli(step.kept()).subi(m.div(root).muli(step.rate()));
    }
  }

  @Override
  public void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    Checks.range(from, to, parameters.length());
    if (from < to) {
      run(parameters, from, to).subi(run(gradient, from, to));
    }
  }

  @Override
  public double[] unitNorms(INDArray vector, long from, long to, int units) {
    int length = Checks.unitLength(from, to, vector.length(), units);
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      return run(vector, from, to)
          .reshape('c', units, length)
          .castTo(DataType.DOUBLE)
          .norm2(1)
          .toDoubleVector();
    }
  }

  @Override
  public double[] unitDots(INDArray a, INDArray b, long from, long to, int units) {
    int length = Checks.unitLength(from, to, a.length(), units);
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray first = run(a, from, to).castTo(DataType.DOUBLE);
      INDArray second = run(b, from, to).castTo(DataType.DOUBLE);
      return first.mul(second).reshape('c', units, length).sum(1).toDoubleVector();
    }
  }

  @Override
  public void scaleUnits(INDArray vector, long from, long to, float[] factors) {
    int length = Checks.unitLength(from, to, vector.length(), factors.length);
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray column = Nd4j.createFromArray(factors).reshape(factors.length, 1);
      run(vector, from, to).reshape('c', factors.length, length).muliColumnVector(column);
    }
  }

  private static INDArray run(INDArray vector, long from, long to) {
    return vector.reshape(vector.length()).get(NDArrayIndex.interval(from, to));
  }

  @Override
  public void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient) {
    running.sub(batch, gradient);
    gradient.muli(rate);
  }

  private static void exec(DynamicCustomOpsBuilder operation) {
    Nd4j.exec(operation.build());
  }

  private record Convolution(ConvolutionShape shape) implements ConvolutionKernel {

    @Override
    public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
      DynamicCustomOpsBuilder operation = operation("conv2d").addOutputs(output);
      exec(
          shape.bias()
              ? operation.addInputs(input, weights, bias)
              : operation.addInputs(input, weights));
    }

    @Override
    public void backward(
        INDArray input,
        INDArray weights,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray weightsGradient,
        INDArray biasGradient) {
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        // The operation computes all gradients at once; one that nobody reads still needs a place.
        INDArray dx = inputGradient != null ? inputGradient : input.ulike();
        INDArray dw = weightsGradient != null ? weightsGradient : weights.ulike();
        DynamicCustomOpsBuilder operation = operation("conv2d_bp");
        if (biasGradient != null) {
          // Of the bias only the shape is read.
          operation
              .addInputs(input, weights, biasGradient, outputGradient)
              .addOutputs(dx, dw, biasGradient);
        } else {
          operation.addInputs(input, weights, outputGradient).addOutputs(dx, dw);
        }
        exec(operation);
      }
    }

    private DynamicCustomOpsBuilder operation(String name) {
      return DynamicCustomOp.builder(name)
          .addIntegerArguments(
              shape.kernelHeight(),
              shape.kernelWidth(),
              shape.strideHeight(),
              shape.strideWidth(),
              shape.paddingHeight(),
              shape.paddingWidth(),
              shape.dilationHeight(),
              shape.dilationWidth(),
              shape.hasExtraPadding() ? SAME_PADDING : EXPLICIT_PADDING,
              NHWC,
              OIHW);
    }
  }

  /** One group after the other, on copies of its channels: ND4J's operation knows no groups. */
  private record GroupedConvolution(ConvolutionShape shape, Convolution ofOneGroup)
      implements ConvolutionKernel {

    @Override
    public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        for (int g = 0; g < shape.groups(); g++) {
          INDArray outputChannels = channels(output, g);
          INDArray part = outputChannels.ulike();
          ofOneGroup.forward(
              channels(input, g).dup('c'), filters(weights, g), filters(bias, g), part);
          outputChannels.assign(part);
        }
      }
    }

    @Override
    public void backward(
        INDArray input,
        INDArray weights,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray weightsGradient,
        INDArray biasGradient) {
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        for (int g = 0; g < shape.groups(); g++) {
          INDArray inputChannels = channels(input, g).dup('c');
          INDArray part = inputChannels.ulike();
          ofOneGroup.backward(
              inputChannels,
              filters(weights, g),
              channels(outputGradient, g).dup('c'),
              part,
              filters(weightsGradient, g),
              filters(biasGradient, g));
          if (inputGradient != null) {
            channels(inputGradient, g).assign(part);
          }
        }
      }
    }

    /** The channels of a group, a view. */
    private INDArray channels(INDArray images, int group) {
      long count = images.size(3) / shape.groups();
      return images.get(
          NDArrayIndex.all(),
          NDArrayIndex.all(),
          NDArrayIndex.all(),
          NDArrayIndex.interval(group * count, (group + 1) * count));
    }

    /** The filters of a group, a view on successive elements; null of null. */
    private INDArray filters(INDArray filters, int group) {
      if (filters == null) {
        return null;
      }
      long count = filters.size(0) / shape.groups();
      INDArray interval =
          filters
              .reshape(filters.length())
              .get(
                  NDArrayIndex.interval(
                      group * filters.length() / shape.groups(),
                      (group + 1) * filters.length() / shape.groups()));
      long[] axes = filters.shape().clone();
      axes[0] = count;
      return interval.reshape('c', axes);
    }
  }

  private static final class BatchNormalization implements BatchNormalizationKernel {

    private final BatchNormalizationShape shape;

    /** The shift of the last training pass, by which backward finds what ReLU let through. */
    private INDArray lastShift;

    BatchNormalization(BatchNormalizationShape shape) {
      this.shape = shape;
    }

    @Override
    public void forwardTraining(
        INDArray input,
        INDArray scale,
        INDArray shift,
        INDArray output,
        INDArray mean,
        INDArray variance) {
      INDArray rows = input.reshape('c', shape.rows(), shape.channels());
      mean.assign(rows.mean(0));
      variance.assign(rows.var(false, 0));
      forwardInference(input, scale, shift, mean, variance, output);
      lastShift = shift;
    }

    @Override
    public void forwardInference(
        INDArray input,
        INDArray scale,
        INDArray shift,
        INDArray mean,
        INDArray variance,
        INDArray output) {
      exec(
          operation("batchnorm").addInputs(input, mean, variance, scale, shift).addOutputs(output));
      if (shape.relu()) {
        Transforms.relu(output, false);
      }
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
      if (lastShift == null) {
        throw new IllegalStateException(
            "Cannot run backward: no training forward pass came before it");
      }
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        // The operation must not write over what it reads.
        INDArray through = outputGradient.dup('c');
        if (shape.relu()) {
          // The output itself may have made room for a gradient by now.
          INDArray output = input.ulike();
          forwardInference(input, scale, lastShift, mean, variance, output);
          reluGradient(output, outputGradient, through);
        }
        INDArray shift = shiftGradient.ulike(); // Only its shape is read.
        exec(
            operation("batchnorm_bp")
                .addInputs(input, mean, variance, scale, shift, through)
                .addOutputs(
                    inputGradient, mean.ulike(), variance.ulike(), scaleGradient, shiftGradient));
      }
    }

    private DynamicCustomOpsBuilder operation(String name) {
      int applyScale = 1;
      int applyShift = 1;
      int channelAxis = 3;
      return DynamicCustomOp.builder(name)
          .addIntegerArguments(applyScale, applyShift, channelAxis)
          .addFloatingPointArguments(shape.epsilon());
    }
  }

  private static void reluGradient(
      INDArray output, INDArray outputGradient, INDArray inputGradient) {
    exec(
        DynamicCustomOp.builder("relu_bp")
            .addInputs(output, outputGradient)
            .addOutputs(inputGradient));
  }

  private static final class AddRelu implements AddReluKernel {

    @Override
    public void forward(INDArray a, INDArray b, INDArray output) {
      Nd4j.exec(new AddOp(a, b, output));
      Transforms.relu(output, false);
    }

    @Override
    public void backward(INDArray output, INDArray outputGradient, INDArray inputGradient) {
      reluGradient(output, outputGradient, inputGradient);
    }
  }

  private static final class ScalarAffine implements ScalarAffineKernel {

    @Override
    public void forward(INDArray input, INDArray multiplier, INDArray bias, INDArray output) {
      if (multiplier == null) {
        exec(DynamicCustomOp.builder("add").addInputs(input, bias).addOutputs(output));
      } else {
        exec(DynamicCustomOp.builder("multiply").addInputs(input, multiplier).addOutputs(output));
        exec(DynamicCustomOp.builder("add").addInputs(output, bias).addOutputs(output));
      }
    }

    @Override
    public void backward(
        INDArray input,
        INDArray multiplier,
        INDArray outputGradient,
        INDArray inputGradient,
        INDArray multiplierGradient,
        INDArray biasGradient) {
      try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
        biasGradient.assign(outputGradient.sum());
        if (multiplier != null) {
          multiplierGradient.assign(outputGradient.mul(input).sum());
          exec(
              DynamicCustomOp.builder("multiply")
                  .addInputs(outputGradient, multiplier)
                  .addOutputs(inputGradient));
        }
      }
    }
  }

  private record Pooling(PoolingShape shape) implements PoolingKernel {

    @Override
    public void forwardTraining(INDArray input, INDArray output) {
      forwardInference(input, output);
    }

    @Override
    public void forwardInference(INDArray input, INDArray output) {
      exec(operation("").addInputs(input).addOutputs(output));
    }

    @Override
    public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
      exec(operation("_bp").addInputs(input, outputGradient).addOutputs(inputGradient));
    }

    private DynamicCustomOpsBuilder operation(String suffix) {
      String name =
          switch (shape.reduction()) {
            case MAX -> "maxpool2d";
            case AVERAGE -> "avgpool2d";
          };
      int noDilation = 1;
      int divideByPresent = 0;
      return DynamicCustomOp.builder(name + suffix)
          .addIntegerArguments(
              shape.windowHeight(),
              shape.windowWidth(),
              shape.strideHeight(),
              shape.strideWidth(),
              shape.paddingHeight(),
              shape.paddingWidth(),
              noDilation,
              noDilation,
              shape.hasExtraPadding() ? SAME_PADDING : EXPLICIT_PADDING,
              divideByPresent,
              NHWC);
    }
  }

  private record Concatenation(ConcatenationShape shape) implements ConcatenationKernel {

    @Override
    public void forward(INDArray[] inputs, INDArray output) {
      INDArray rows = output.reshape('c', shape.rows(), shape.outputChannels());
      int first = 0;
      for (int i = 0; i < inputs.length; i++) {
        int channels = shape.channels().get(i);
        columns(rows, first, channels).assign(inputs[i].reshape('c', shape.rows(), channels));
        first += channels;
      }
    }

    @Override
    public void backward(INDArray outputGradient, INDArray[] inputGradients) {
      INDArray rows = outputGradient.reshape('c', shape.rows(), shape.outputChannels());
      int first = 0;
      for (int i = 0; i < inputGradients.length; i++) {
        int channels = shape.channels().get(i);
        inputGradients[i]
            .reshape('c', shape.rows(), channels)
            .assign(columns(rows, first, channels));
        first += channels;
      }
    }

    private static INDArray columns(INDArray rows, int first, int count) {
      return rows.get(NDArrayIndex.all(), NDArrayIndex.interval(first, first + count));
    }
  }
}
