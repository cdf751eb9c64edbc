package org.isonorm.network.kernel.exact;

import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.ForwardingKernels;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.nd4j.Nd4jKernels;

/**
 * Every array in float64, on the CPU: convolutions and batch normalization, which is where time
 * goes, by {@link Float64Convolution} and {@link Float64BatchNormalization}, all else by ND4J's
 * operations. oneDNN has no float64.
 */
public final class Float64Kernels extends ForwardingKernels {
  public Float64Kernels() {
    super(new Nd4jKernels());
  }

  @Override
  public String name() {
    return "float64";
  }

  @Override
  public ConvolutionKernel convolution(ConvolutionShape shape) {
    return shape.groups() == 1 ? new Float64Convolution(shape) : base().convolution(shape);
  }

  @Override
  public BatchNormalizationKernel batchNormalization(BatchNormalizationShape shape) {
    return new Float64BatchNormalization(shape);
  }

  @Override
  public Kernels withPrecision(Precision precision) {
    return precision == Precision.FLOAT64 ? this : super.withPrecision(precision);
  }
}
