package org.isonorm.network.kernel.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.SplittableRandom;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.Guarded;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class AccumulatingConvolutionTest {
  /** A sum of 64 · 9 products of unit variance in float32, by Winograd's maps. */
  private static final double TOLERANCE = 2e-5;

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "onednn-direct"})
  void addsToWhatTheOutputHolds(String name) {
    Kernels kernels = KernelProvider.kernels(name);
    ConvolutionShape[] shapes = {
      ConvolutionShape.of(2, 8, 8, 16, 16, 3, 1, 1, true),
      ConvolutionShape.of(3, 31, 31, 24, 24, 3, 1, 1, true),
      ConvolutionShape.of(2, 7, 7, 12, 24, 3, 1, 1, false),
      ConvolutionShape.of(2, 9, 9, 64, 64, 3, 1, 1, true),
      ConvolutionShape.of(2, 9, 9, 8, 16, 3, 2, 1, true),
      ConvolutionShape.of(2, 5, 5, 16, 4, 1, 1, 0, false),
    };
    for (ConvolutionShape shape : shapes) {
      for (boolean relu : new boolean[] {true, false}) {
        accumulates(kernels, shape, relu);
      }
    }
  }

  private static void accumulates(Kernels kernels, ConvolutionShape shape, boolean relu) {
    SplittableRandom random = new SplittableRandom(1);
    int kernel = shape.kernelHeight();
    INDArray input =
        Guarded.normal(random, shape.batch(), shape.inHeight(), shape.inWidth(), shape.in())
            .array();
    INDArray weights = Guarded.normal(random, shape.out(), shape.in(), kernel, kernel).array();
    INDArray bias = shape.bias() ? Guarded.normal(random, shape.out()).array() : null;
    long[] images = {shape.batch(), shape.outHeight(), shape.outWidth(), shape.out()};
    Guarded actual = Guarded.normal(random, images);
    INDArray before = actual.array().dup('c');
    Guarded expected = Guarded.unset(images);
    Optional<InferenceConvolutionKernel> made = kernels.accumulatingConvolution(shape, relu);
    if (made.isEmpty()) {
      // Where convolutions of many channels are Winograd's of larger registers.
      assertThat(kernels.name()).isEqualTo("onednn");
      return;
    }
    try (InferenceConvolutionKernel plain =
            new ReferenceKernels().inferenceConvolution(shape, false);
        InferenceConvolutionKernel accumulating = made.get()) {
      plain.forward(input, weights, bias, expected.array());
      accumulating.forward(input, weights, bias, actual.array());
    }
    expected.array().addi(before);
    assertThat(expected.array().minNumber().floatValue()).isNegative();
    if (relu) {
      for (long i = 0; i < expected.array().length(); i++) {
        expected.array().putScalar(i, Math.max(0, expected.array().getFloat(i)));
      }
    }
    actual.assertCloseTo(expected, TOLERANCE, shape + " relu " + relu);
  }
}
