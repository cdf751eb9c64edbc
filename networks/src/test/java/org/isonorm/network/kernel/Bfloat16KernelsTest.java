package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * On inputs that bfloat16 represents, results differ from float32's by their own rounding alone.
 */
class Bfloat16KernelsTest {

  /** Half a unit in the last of eight significant bits, for the one rounding of the result. */
  private static final double ONE_ROUNDING = 1.0 / 256;

  /** The normalized value and the mask are rounded on the way as well. */
  private static final double TWO_ROUNDINGS = 2.0 / 256;

  private final SplittableRandom random = new SplittableRandom(11);
  private final Kernels single = KernelProvider.kernels("onednn");
  private Kernels half;

  @BeforeEach
  void requireInstructions() {
    try {
      half = single.withPrecision(Precision.BFLOAT16);
    } catch (UnsupportedOperationException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  @Test
  void convolves() {
    for (ConvolutionShape shape :
        List.of(
            ConvolutionShape.of(3, 9, 7, 5, 6, 3, 1, 1, true),
            ConvolutionShape.of(4, 8, 8, 16, 32, 3, 2, 1, false),
            ConvolutionShape.of(2, 8, 8, 32, 16, 1, 1, 0, false))) {
      INDArray x = representable(shape.batch(), shape.inHeight(), shape.inWidth(), shape.in());
      INDArray w =
          representable(shape.out(), shape.in(), shape.kernelHeight(), shape.kernelWidth());
      INDArray b = shape.bias() ? representable(shape.out()) : null;
      INDArray dy = representable(shape.batch(), shape.outHeight(), shape.outWidth(), shape.out());
      INDArray[] expected = convolution(single, shape, x, w, b, dy, DataType.FLOAT);

      INDArray[] found = convolution(half, shape, x, w, b, dy, DataType.BFLOAT16);

      assertClose(found[0], expected[0], ONE_ROUNDING);
      assertClose(found[1], expected[1], ONE_ROUNDING);
      assertClose(found[2], expected[2], ONE_ROUNDING);
      assertThat(found[2].dataType()).isEqualTo(DataType.FLOAT);
    }
  }

  private static INDArray[] convolution(
      Kernels kernels,
      ConvolutionShape shape,
      INDArray x,
      INDArray w,
      INDArray b,
      INDArray dy,
      DataType type) {
    INDArray y = dy.castTo(type).ulike();
    INDArray dx = x.castTo(type).ulike();
    INDArray dw = w.ulike();
    try (ConvolutionKernel kernel = kernels.convolution(shape)) {
      kernel.forward(x.castTo(type), w, b, y);
      kernel.backward(x.castTo(type), w, dy.castTo(type), dx, dw, b == null ? null : b.ulike());
    }
    return new INDArray[] {y, dx, dw};
  }

  @Test
  void normalizes() {
    for (boolean relu : new boolean[] {false, true}) {
      BatchNormalizationShape shape = new BatchNormalizationShape(6, 5, 4, 19, 1e-5, relu);
      INDArray x = representable(6, 5, 4, 19);
      INDArray dy = representable(6, 5, 4, 19);
      INDArray[] expected = normalization(single, shape, x, dy, DataType.FLOAT);

      INDArray[] found = normalization(half, shape, x, dy, DataType.BFLOAT16);

      for (int i = 0; i < expected.length; i++) {
        assertClose(found[i], expected[i], TWO_ROUNDINGS);
      }
      assertThat(found[2].dataType()).isEqualTo(DataType.FLOAT);
    }
  }

  private static INDArray[] normalization(
      Kernels kernels, BatchNormalizationShape shape, INDArray x, INDArray dy, DataType type) {
    INDArray scale = Nd4j.linspace(DataType.FLOAT, 0.5, 0.1, shape.channels());
    INDArray shift = Nd4j.linspace(DataType.FLOAT, -0.5, 0.05, shape.channels());
    INDArray mean = Nd4j.create(DataType.FLOAT, shape.channels());
    INDArray variance = Nd4j.create(DataType.FLOAT, shape.channels());
    INDArray y = x.castTo(type).ulike();
    INDArray dx = x.castTo(type).ulike();
    INDArray scaleGradient = scale.ulike();
    INDArray shiftGradient = shift.ulike();
    try (BatchNormalizationKernel kernel = kernels.batchNormalization(shape)) {
      kernel.forwardTraining(x.castTo(type), scale, shift, y, mean, variance);
      kernel.backward(
          x.castTo(type), dy.castTo(type), scale, mean, variance, dx, scaleGradient, shiftGradient);
    }
    return new INDArray[] {y, dx, mean, variance, scaleGradient, shiftGradient};
  }

  @Test
  void addsPoolsAndCopies() {
    INDArray a = representable(4, 6, 8, 16);
    INDArray b = representable(4, 6, 8, 16);
    INDArray sum = half(a).ulike();
    try (AddKernel kernel = half.add(a.length())) {
      kernel.forward(half(a), half(b), sum);
    }
    assertClose(sum, a.add(b), ONE_ROUNDING);

    INDArray activated = half(a).ulike();
    INDArray gradient = half(a).ulike();
    try (AddReluKernel kernel = half.addRelu(a.length())) {
      kernel.forward(half(a), half(b), activated);
      kernel.backward(activated, half(b), gradient);
    }
    INDArray positive = a.add(b).gt(0).castTo(DataType.FLOAT);
    assertClose(activated, a.add(b).mul(positive), ONE_ROUNDING);
    assertThat(single(gradient)).isEqualTo(b.mul(positive));

    SubsampleShape subsample = new SubsampleShape(4, 6, 8, 16, 20, 2);
    INDArray kept = Nd4j.create(DataType.BFLOAT16, 4, 3, 4, 20);
    try (SubsampleKernel kernel = half.subsample(subsample)) {
      kernel.forward(half(a), kept);
    }
    INDArray expected = Nd4j.create(DataType.FLOAT, 4, 3, 4, 20);
    try (SubsampleKernel kernel = new ReferenceKernels().subsample(subsample)) {
      kernel.forward(a, expected);
    }
    assertThat(single(kept)).isEqualTo(expected);

    INDArray joined = Nd4j.create(DataType.BFLOAT16, 4, 6, 8, 32);
    try (ConcatenationKernel kernel =
        half.concatenation(new ConcatenationShape(4 * 6 * 8, List.of(16, 16)))) {
      kernel.forward(new INDArray[] {half(a), half(b)}, joined);
    }
    assertThat(single(joined)).isEqualTo(Nd4j.concat(3, a, b));

    PoolingShape pooling = new PoolingShape(PoolingShape.Reduction.MAX, 4, 6, 8, 16, 2, 2, 2, 2);
    INDArray pooled = Nd4j.create(DataType.BFLOAT16, 4, 3, 4, 16);
    INDArray pooledAlike = Nd4j.create(DataType.FLOAT, 4, 3, 4, 16);
    try (PoolingKernel kernel = half.pooling(pooling);
        PoolingKernel reference = new ReferenceKernels().pooling(pooling)) {
      kernel.forwardTraining(half(a), pooled);
      reference.forwardTraining(a, pooledAlike);
    }
    assertThat(single(pooled)).isEqualTo(pooledAlike);
  }

  @Test
  void refusesArraysOfAnotherType() {
    INDArray a = representable(4, 4);
    try (AddKernel kernel = half.add(16)) {
      assertThatThrownBy(() -> kernel.forward(a, a, a))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid array: FLOAT (must be BFLOAT16)");
    }
  }

  private INDArray representable(long... shape) {
    INDArray array = Nd4j.create(DataType.FLOAT, shape);
    for (long i = 0; i < array.length(); i++) {
      array.putScalar(i, random.nextInt(-127, 128) / 64f);
    }
    return array;
  }

  private static INDArray half(INDArray array) {
    return array.castTo(DataType.BFLOAT16);
  }

  private static INDArray single(INDArray array) {
    return array.castTo(DataType.FLOAT);
  }

  private static void assertClose(INDArray found, INDArray expected, double tolerance) {
    double difference = single(found).sub(expected).amaxNumber().doubleValue();
    assertThat(difference / expected.amaxNumber().doubleValue()).isLessThanOrEqualTo(tolerance);
  }
}
