package org.isonorm.network.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.ConvolutionTrial;
import org.isonorm.network.kernel.Guarded;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ColumnConvolutionTest {
  /**
   * Largest difference as a share of the largest value: half a unit in the last of bfloat16's eight
   * bits. A wrong tap, pixel or channel is off by a tenth and more.
   */
  private static final double ONE_ROUNDING = 1.0 / 256;

  /** Weights' gradients are float32, and differ in the order of their sums alone. */
  private static final double SUMS = 1e-5;

  private final Kernels reference = new ReferenceKernels();

  @BeforeEach
  void requireInstructions() {
    try {
      OneDnn.requireFast(Precision.BFLOAT16);
    } catch (UnsupportedOperationException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  @Test
  void agreesWithTheReferenceHoweverManyThreads() {
    for (ConvolutionShape shape : ConvolutionTrial.shapes(32, 64)) {
      assertThat(ColumnConvolution.supports(shape)).isTrue();
      List<Guarded> expected;
      try (ConvolutionKernel plain = reference.convolution(shape)) {
        expected = ConvolutionTrial.rounded(shape, DataType.FLOAT).run(plain).results();
      }
      for (int threads = 1; threads <= 3; threads++) {
        try (ConvolutionKernel kernel = new ColumnConvolution(shape, false, threads)) {
          List<Guarded> actual =
              ConvolutionTrial.rounded(shape, DataType.BFLOAT16).run(kernel).results();
          for (int i = 0; i < expected.size(); i++) {
            String what = "%s, %d threads, result %d".formatted(shape, threads, i);
            actual.get(i).assertCloseTo(expected.get(i), i < 2 ? ONE_ROUNDING : SUMS, what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void repeatsItselfBitForBit(int threads) {
    ConvolutionShape shape = ConvolutionShape.of(9, 13, 15, 32, 64, 3, 1, 1, true);
    List<Guarded> first = null;
    for (int repetition = 0; repetition < 5; repetition++) {
      try (ConvolutionKernel kernel = new ColumnConvolution(shape, false, threads)) {
        List<Guarded> results =
            ConvolutionTrial.rounded(shape, DataType.BFLOAT16).run(kernel).results();
        first = first == null ? results : first;
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).values()).isEqualTo(first.get(i).values());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inferenceAddsTheBiasAndCutsOffBelowZero(boolean bias) {
    ConvolutionShape shape = ConvolutionShape.of(3, 7, 7, 32, 64, 3, 1, 1, bias);
    for (boolean relu : new boolean[] {true, false}) {
      ConvolutionTrial expected = ConvolutionTrial.rounded(shape, DataType.FLOAT);
      ConvolutionTrial actual = ConvolutionTrial.rounded(shape, DataType.BFLOAT16);
      try (InferenceConvolutionKernel kernel = new ColumnConvolution(shape, relu, 2);
          InferenceConvolutionKernel plain = reference.inferenceConvolution(shape, relu)) {
        kernel.forward(actual.input, actual.weights, actual.bias, actual.output.array());
        plain.forward(expected.input, expected.weights, expected.bias, expected.output.array());
      }
      actual.output.assertCloseTo(expected.output, ONE_ROUNDING, shape + " relu " + relu);
    }
  }

  @Test
  void refusesArraysThatItWouldMisread() {
    ConvolutionShape shape = ConvolutionShape.of(2, 8, 8, 32, 32, 3, 1, 1, false);
    INDArray array = Nd4j.create(DataType.FLOAT, 2, 8, 8, 32);
    INDArray weights = Nd4j.create(DataType.FLOAT, 32, 32, 3, 3);
    try (ColumnConvolution kernel = new ColumnConvolution(shape, false, 1)) {
      assertThatThrownBy(() -> kernel.forward(array, weights, null, array))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid array: FLOAT (must be BFLOAT16)");
    }
  }

  @Test
  void takesSmallImagesOfManyChannels() {
    assertThat(pays(4, 512)).isTrue();
    assertThat(pays(8, 512)).isFalse();
    assertThat(pays(4, 64)).isFalse();
    assertThat(paysForWeights(8, 256)).isTrue();
    assertThat(paysForWeights(16, 256)).isFalse();
    assertThat(paysForWeights(8, 64)).isFalse();
    assertThat(ColumnConvolution.supports(ConvolutionShape.of(2, 8, 8, 32, 32, 3, 2, 1, false)))
        .isFalse();
    assertThat(ColumnConvolution.supports(ConvolutionShape.of(2, 8, 8, 32, 32, 1, 1, 0, false)))
        .isFalse();
    assertThat(ColumnConvolution.supports(ConvolutionShape.of(2, 8, 8, 32, 48, 3, 1, 1, false)))
        .isFalse();
  }

  private static boolean pays(int side, int channels) {
    return ColumnConvolution.pays(square(side, channels));
  }

  private static boolean paysForWeights(int side, int channels) {
    return ColumnConvolution.paysForWeights(square(side, channels));
  }

  private static ConvolutionShape square(int side, int channels) {
    return ConvolutionShape.of(128, side, side, channels, channels, 3, 1, 1, false);
  }
}
