package org.isonorm.network.kernel.exact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Kernels in float64 against the plain ones, whose values are float32. */
class Float64KernelsTest {
  /** Values of the plain kernels are rounded to 24 bits. */
  private static final double ROUNDING = 1e-6;

  private final SplittableRandom random = new SplittableRandom(3);

  static Stream<ConvolutionShape> shapes() {
    return Stream.of(
        ConvolutionShape.of(2, 32, 32, 3, 16, 3, 1, 1, false),
        ConvolutionShape.of(3, 9, 7, 5, 4, 3, 2, 1, true),
        ConvolutionShape.of(2, 8, 8, 6, 5, 1, 2, 0, false),
        new ConvolutionShape(7, 3, 8, 5, 2, 5, 1, 1, 2, 2, 0, 1, 1, 1, true),
        new ConvolutionShape(2, 5, 11, 9, 17, 3, 3, 1, 2, 2, 1, 2, 3, 1, true),
        new ConvolutionShape(2, 6, 9, 9, 12, 3, 3, 1, 1, 1, 1, 1, 1, 3, true),
        new ConvolutionShape(2, 5, 8, 6, 4, 3, 3, 2, 2, 0, 0, 1, 1, 1, true, 1, 1),
        // More images than shares, more lines than a matrix of windows holds.
        ConvolutionShape.of(30, 32, 32, 16, 3, 3, 1, 1, false));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void convolutionsAgree(ConvolutionShape shape) {
    INDArray x = floats(shape.batch(), shape.inHeight(), shape.inWidth(), shape.in());
    INDArray w =
        floats(shape.out(), shape.in() / shape.groups(), shape.kernelHeight(), shape.kernelWidth());
    INDArray b = shape.bias() ? floats(shape.out()) : null;
    INDArray dy = floats(shape.batch(), shape.outHeight(), shape.outWidth(), shape.out());
    ConvolutionKernel plain = new ReferenceKernels().convolution(shape);
    ConvolutionKernel kernel = new Float64Kernels().convolution(shape);
    INDArray expected = dy.ulike();
    INDArray found = doubles(dy);
    plain.forward(x, w, b, expected);
    kernel.forward(doubles(x), doubles(w), doubles(b), found);
    assertAgree(found, expected);

    INDArray[] gradients = {x.ulike(), w.ulike(), b == null ? null : b.ulike()};
    INDArray[] ours = {doubles(x), doubles(w), doubles(b)};
    plain.backward(x, w, dy, gradients[0], gradients[1], gradients[2]);
    kernel.backward(doubles(x), doubles(w), doubles(dy), ours[0], ours[1], ours[2]);
    for (int i = 0; i < (b == null ? 2 : 3); i++) {
      assertAgree(ours[i], gradients[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void batchNormalizationsAgree(boolean relu) {
    BatchNormalizationShape shape = new BatchNormalizationShape(3, 5, 7, 6, 1e-5, relu);
    INDArray x = floats(3, 5, 7, 6);
    INDArray scale = floats(6);
    INDArray shift = floats(6);
    INDArray dy = floats(3, 5, 7, 6);
    BatchNormalizationKernel plain = new ReferenceKernels().batchNormalization(shape);
    BatchNormalizationKernel kernel = new Float64Kernels().batchNormalization(shape);
    INDArray[] expected = {x.ulike(), scale.ulike(), scale.ulike()};
    INDArray[] found = {doubles(x), doubles(scale), doubles(scale)};
    plain.forwardTraining(x, scale, shift, expected[0], expected[1], expected[2]);
    kernel.forwardTraining(
        doubles(x), doubles(scale), doubles(shift), found[0], found[1], found[2]);
    assertAgree(found, expected);
    kernel.forwardInference(
        doubles(x), doubles(scale), doubles(shift), found[1], found[2], found[0]);
    assertAgree(found, expected);

    INDArray[] gradients = {x.ulike(), scale.ulike(), shift.ulike()};
    INDArray[] ours = {doubles(x), doubles(scale), doubles(shift)};
    plain.backward(
        x, dy, scale, expected[1], expected[2], gradients[0], gradients[1], gradients[2]);
    kernel.backward(
        doubles(x), doubles(dy), doubles(scale), found[1], found[2], ours[0], ours[1], ours[2]);
    assertAgree(ours, gradients);
  }

  @Test
  void normalizationGoesBackwardOnlyAfterATrainingPass() {
    INDArray x = doubles(floats(1, 2, 2, 1));
    INDArray one = doubles(floats(1));

    assertThatThrownBy(
            () ->
                new Float64Kernels()
                    .batchNormalization(new BatchNormalizationShape(1, 2, 2, 1, 1e-5, false))
                    .backward(x, x, one, one, one, x, one, one))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot run backward: no training forward pass came before it");
  }

  @Test
  void nothingTrainsInFloat64() {
    assertThatThrownBy(() -> Precision.parse("float64"))
        .hasMessage("Invalid precision: float64 (must be float32 or bf16)");
    assertThatThrownBy(() -> new Float64Kernels().withPrecision(Precision.BFLOAT16))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private INDArray floats(long... shape) {
    INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
    for (long i = 0; i < array.length(); i++) {
      array.putScalar(i, random.nextDouble(-1, 1));
    }
    return array;
  }

  private static INDArray doubles(INDArray array) {
    return array == null ? null : array.castTo(DataType.DOUBLE);
  }

  private static void assertAgree(INDArray[] found, INDArray[] expected) {
    for (int i = 0; i < found.length; i++) {
      assertAgree(found[i], expected[i]);
    }
  }

  private static void assertAgree(INDArray found, INDArray expected) {
    double largest = expected.amaxNumber().doubleValue();
    assertThat(found.sub(doubles(expected)).amaxNumber().doubleValue())
        .isLessThan(ROUNDING * Math.max(1, largest));
  }
}
