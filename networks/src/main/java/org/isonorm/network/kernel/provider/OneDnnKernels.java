package org.isonorm.network.kernel.provider;

import java.util.Locale;
import java.util.Optional;
import org.isonorm.network.kernel.ActivationKernel;
import org.isonorm.network.kernel.ActivationShape;
import org.isonorm.network.kernel.AdamWStep;
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
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.isonorm.network.kernel.VectorModule;
import org.isonorm.network.kernel.nd4j.Nd4jSubsample;
import org.isonorm.network.kernel.onednn.ChannelStatistics;
import org.isonorm.network.kernel.onednn.HostVectors;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.onednn.OneDnnActivation;
import org.isonorm.network.kernel.onednn.OneDnnAdd;
import org.isonorm.network.kernel.onednn.OneDnnAddRelu;
import org.isonorm.network.kernel.onednn.OneDnnBatchNormalization;
import org.isonorm.network.kernel.onednn.OneDnnConcatenation;
import org.isonorm.network.kernel.onednn.OneDnnConvolution;
import org.isonorm.network.kernel.onednn.OneDnnFoldedBatchNormalization;
import org.isonorm.network.kernel.onednn.OneDnnPooling;
import org.isonorm.network.kernel.onednn.OneDnnScalarAffine;
import org.isonorm.network.kernel.onednn.OneDnnSubsample;
import org.isonorm.network.kernel.reference.ReferenceActivation;
import org.isonorm.network.kernel.vector.BlockedPreactivatedConvolution;
import org.isonorm.network.kernel.vector.ColumnConvolution;
import org.isonorm.network.kernel.vector.FusedWinogradConvolution;
import org.isonorm.network.kernel.vector.VectorSums;
import org.isonorm.network.kernel.vector.WinogradConvolution;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * oneDNN on the CPU: JIT-compiled primitives for the instruction set at hand, on the arrays' own
 * memory.
 */
public final class OneDnnKernels implements Kernels {

  private final Precision precision;
  private final boolean fast;

  /**
   * Loads oneDNN; an {@link UnsatisfiedLinkError} or {@link NoClassDefFoundError} says that this
   * platform has none.
   *
   * @param fast whether convolutions are Winograd's, or products of matrices, where that is faster
   *     than a direct one; needs {@link VectorModule} and {@link OneDnn#hasWideVectors}
   */
  public OneDnnKernels(boolean fast) {
    this(Precision.FLOAT32, fast);
    OneDnn.load();
  }

  private OneDnnKernels(Precision precision, boolean fast) {
    this.precision = precision;
    this.fast = fast;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException for bfloat16 on a processor without instructions for it
   */
  @Override
  public Kernels withPrecision(Precision other) {
    return other == precision ? this : new OneDnnKernels(OneDnn.requireFast(other), fast);
  }

  @Override
  public String name() {
    return fast ? "onednn" : KernelProvider.DIRECT;
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    if (isFusedWinograd(shape)) {
      return new FusedWinogradConvolution(shape, false, OneDnn.threads());
    }
    if (isWinograd(shape)) {
      return new WinogradConvolution(shape, false, OneDnn.threads());
    }
    if (hasTiles() && ColumnConvolution.pays(shape)) {
      return new ColumnConvolution(shape, false, OneDnn.threads());
    }
    SeparableConvolutionKernel direct = new OneDnnConvolution(shape, precision);
    if (hasVectors() && WinogradConvolution.paysForWeights(shape)) {
      return new MixedConvolution(direct, new WinogradConvolution(shape, false, OneDnn.threads()));
    }
    return hasTiles() && ColumnConvolution.paysForWeights(shape)
        ? new MixedConvolution(direct, new ColumnConvolution(shape, false, OneDnn.threads()))
        : direct;
  }

  @Override
  public InferenceConvolutionKernel inferenceConvolution(ConvolutionShape shape, boolean relu) {
    if (isFusedWinograd(shape)) {
      return new FusedWinogradConvolution(shape, relu, OneDnn.threads());
    }
    if (isWinograd(shape)) {
      return new WinogradConvolution(shape, relu, OneDnn.threads());
    }
    return hasTiles() && ColumnConvolution.pays(shape)
        ? new ColumnConvolution(shape, relu, OneDnn.threads())
        : OneDnnConvolution.forInference(shape, precision, false, relu);
  }

  @Override
  public Optional<InferenceConvolutionKernel> accumulatingConvolution(
      ConvolutionShape shape, boolean relu) {
    if (isFusedWinograd(shape)) {
      return Optional.of(new FusedWinogradConvolution(shape, true, relu, OneDnn.threads()));
    }
    return isWinograd(shape) || hasTiles() && ColumnConvolution.pays(shape)
        ? Optional.empty()
        : Optional.of(OneDnnConvolution.forInference(shape, precision, true, relu));
  }

  @Override
  public Optional<PreactivatedConvolutionKernel> preactivatedConvolution(
      PreactivatedConvolutionShape shape) {
    return hasVectors() && BlockedPreactivatedConvolution.supports(shape)
        ? Optional.of(new BlockedPreactivatedConvolution(shape, OneDnn.threads()))
        : Optional.empty();
  }

  private boolean isFusedWinograd(ConvolutionShape shape) {
    return hasVectors() && FusedWinogradConvolution.pays(shape);
  }

  private boolean isWinograd(ConvolutionShape shape) {
    return hasVectors() && WinogradConvolution.pays(shape);
  }

  /** Whether convolutions may compute in part with Java's vector instructions. */
  private boolean hasVectors() {
    return fast && precision == Precision.FLOAT32;
  }

  /** Whether convolutions may be products of matrices that the processor multiplies in tiles. */
  private boolean hasTiles() {
    return fast && precision == Precision.BFLOAT16 && OneDnn.multipliesTiles();
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    Optional<ChannelStatistics> statistics = statistics(shape);
    return statistics.isPresent() && OneDnnFoldedBatchNormalization.suits(shape)
        ? new OneDnnFoldedBatchNormalization(shape, statistics.get())
        : new OneDnnBatchNormalization(shape, precision, statistics);
  }

  /** In bfloat16 the values themselves are rounded to three digits: oneDNN's sums will do. */
  private Optional<ChannelStatistics> statistics(BatchNormalizationShape shape) {
    return precision == Precision.FLOAT32 && ChannelStatistics.supports(shape)
        ? Optional.of(
            new ChannelStatistics(
                shape,
                hasVectors() ? new VectorSums() : ChannelStatistics.plain(),
                OneDnn.threads()))
        : Optional.empty();
  }

  @Override
  public AddReluKernel addRelu(long length) {
    return new OneDnnAddRelu(length, precision);
  }

  @Override
  public ActivationKernel activation(ActivationShape shape) {
    return OneDnnActivation.of(shape, precision).orElseGet(() -> inJava(shape));
  }

  private ActivationKernel inJava(ActivationShape shape) {
    if (precision != Precision.FLOAT32) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "Unsupported activation: oneDNN has no %s, which is computed in float32 alone (%s"
                  + " asked)",
              shape.function().name(),
              precision));
    }
    return new ReferenceActivation(shape);
  }

  @Override
  public ScalarAffineKernel scalarAffine(long length, boolean multiplied) {
    return new OneDnnScalarAffine(length, multiplied, precision);
  }

  @Override
  public PoolingKernel pooling(PoolingShape shape) {
    return new OneDnnPooling(shape, precision);
  }

  @Override
  public AddKernel add(long length) {
    return new OneDnnAdd(length, precision);
  }

  @Override
  public SubsampleKernel subsample(SubsampleShape shape) {
    return OneDnnSubsample.supports(shape)
        ? new OneDnnSubsample(shape, precision)
        : new Nd4jSubsample(shape);
  }

  @Override
  public ConcatenationKernel concatenation(ConcatenationShape shape) {
    return new OneDnnConcatenation(shape, precision);
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
  public void adamW(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      INDArray secondMoments,
      long from,
      long to,
      AdamWStep step) {
    HostVectors.adamW(parameters, gradient, velocity, secondMoments, from, to, step);
  }

  @Override
  public void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    HostVectors.subtract(parameters, gradient, from, to);
  }

  @Override
  public double[] unitNorms(INDArray vector, long from, long to, int units) {
    return HostVectors.unitNorms(vector, from, to, units);
  }

  @Override
  public double[] unitDots(INDArray a, INDArray b, long from, long to, int units) {
    return HostVectors.unitDots(a, b, from, to, units);
  }

  @Override
  public void scaleUnits(INDArray vector, long from, long to, float[] factors) {
    HostVectors.scaleUnits(vector, from, to, factors);
  }

  @Override
  public void statisticsGradient(INDArray running, INDArray batch, double rate, INDArray gradient) {
    HostVectors.scaledDifference(running, batch, (float) rate, gradient);
  }
}
