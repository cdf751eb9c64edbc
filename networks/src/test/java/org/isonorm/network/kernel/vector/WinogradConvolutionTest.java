package org.isonorm.network.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.ConvolutionTrial;
import org.isonorm.network.kernel.Guarded;
import org.isonorm.network.kernel.InferenceConvolutionKernel;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.reference.ReferenceKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class WinogradConvolutionTest {
  /**
   * Largest difference as a share of the largest value. The maps of F(4×4, 3×3) multiply by up to 5
   * and 8 before what they added cancels, once in each dimension, so that rounding errors (2^-24 =
   * 6e-8 each) grow some hundredfold where those of a direct sum grow a few times; a wrong tap or
   * tile is off by a tenth and more.
   */
  private static final double TOLERANCE = 5e-5;

  private final Kernels reference = new ReferenceKernels();

  @Test
  void agreesWithTheReferenceHoweverManyThreads() {
    for (ConvolutionShape shape : ConvolutionTrial.shapes(16, 32, 48)) {
      assertThat(WinogradConvolution.supports(shape)).isTrue();
      List<Guarded> expected;
      try (ConvolutionKernel plain = reference.convolution(shape)) {
        expected = ConvolutionTrial.of(shape).run(plain).results();
      }
      for (int threads = 1; threads <= 3; threads++) {
        try (ConvolutionKernel kernel = new WinogradConvolution(shape, false, threads)) {
          List<Guarded> actual = ConvolutionTrial.of(shape).run(kernel).results();
          for (int i = 0; i < expected.size(); i++) {
            String what = "%s, %d threads, result %d".formatted(shape, threads, i);
            actual.get(i).assertCloseTo(expected.get(i), TOLERANCE, what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void repeatsItselfBitForBit(int threads) {
    ConvolutionShape shape = ConvolutionShape.of(5, 13, 15, 32, 48, 3, 1, 1, true);
    List<Guarded> first = null;
    for (int repetition = 0; repetition < 5; repetition++) {
      try (ConvolutionKernel kernel = new WinogradConvolution(shape, false, threads)) {
        List<Guarded> results = ConvolutionTrial.of(shape).run(kernel).results();
        first = first == null ? results : first;
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).values()).isEqualTo(first.get(i).values());
        }
      }
    }
  }

  @Test
  void sumsOfWeightsGradientsHaveOneOrderHoweverManyThreads() {
    ConvolutionShape shape = ConvolutionShape.of(5, 13, 15, 32, 48, 3, 1, 1, true);
    try (ConvolutionKernel one = new WinogradConvolution(shape, false, 1);
        ConvolutionKernel three = new WinogradConvolution(shape, false, 3)) {
      ConvolutionTrial alone = ConvolutionTrial.of(shape).run(one);
      ConvolutionTrial shared = ConvolutionTrial.of(shape).run(three);
      assertThat(shared.weightsGradient.values()).isEqualTo(alone.weightsGradient.values());
      assertThat(shared.biasGradient.values()).isEqualTo(alone.biasGradient.values());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inferenceAddsTheBiasAndCutsOffBelowZero(boolean bias) {
    for (int side : new int[] {8, 7}) {
      ConvolutionShape shape = ConvolutionShape.of(3, side, side, 16, 32, 3, 1, 1, bias);
      for (boolean relu : new boolean[] {true, false}) {
        ConvolutionTrial actual = ConvolutionTrial.of(shape);
        ConvolutionTrial expected = ConvolutionTrial.of(shape);
        try (InferenceConvolutionKernel kernel = new WinogradConvolution(shape, relu, 2);
            InferenceConvolutionKernel plain = reference.inferenceConvolution(shape, relu)) {
          kernel.forward(actual.input, actual.weights, actual.bias, actual.output.array());
          plain.forward(expected.input, expected.weights, expected.bias, expected.output.array());
        }
        actual.output.assertCloseTo(expected.output, TOLERANCE, shape + " relu " + relu);
      }
    }
  }

  @Test
  void refusesArraysThatItWouldMisread() {
    ConvolutionShape shape = ConvolutionShape.of(2, 8, 8, 16, 16, 3, 1, 1, false);
    INDArray array = Nd4j.create(DataType.FLOAT, 2, 8, 8, 16);
    INDArray weights = Nd4j.create(DataType.FLOAT, 16, 16, 3, 3);
    try (WinogradConvolution kernel = new WinogradConvolution(shape, false, 1)) {
      assertThatThrownBy(() -> kernel.forward(array.castTo(DataType.DOUBLE), weights, null, array))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid array: DOUBLE (must be FLOAT)");
      assertThatThrownBy(() -> kernel.inputGradient(weights, array.permute(0, 2, 1, 3), array))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not contiguous in C order");
    }
  }

  @Test
  void leavesWhatItCannotComputeToOthers() {
    assertThat(WinogradConvolution.supports(ConvolutionShape.of(2, 8, 8, 16, 16, 3, 2, 1, false)))
        .isFalse();
    assertThat(WinogradConvolution.supports(ConvolutionShape.of(2, 8, 8, 16, 16, 5, 1, 1, false)))
        .isFalse();
    assertThat(WinogradConvolution.supports(ConvolutionShape.of(2, 8, 8, 17, 16, 3, 1, 1, false)))
        .isFalse();
    assertThat(WinogradConvolution.supports(ConvolutionShape.of(2, 8, 8, 16, 16, 3, 1, 3, false)))
        .isFalse();
  }

  @Test
  void isChosenWhereThereIsEnoughToSave() {
    assertThat(chosen(32, 64)).isTrue();
    assertThat(chosen(4, 512)).isTrue();
    assertThat(chosen(2, 512)).isTrue();
    assertThat(chosen(32, 32)).isFalse();
    assertThat(chosen(8, 64)).isFalse();
  }

  @Test
  void gradientsOfWeightsAreChosenWhereTilesAreFullOrManyOfManyChannels() {
    boolean suits = FloatLanes.SPECIES.length() == 8;
    assertThat(chosenForWeights(128, 3, 256)).isEqualTo(suits);
    assertThat(chosenForWeights(32, 4, 128)).isEqualTo(suits);
    assertThat(chosenForWeights(127, 3, 256)).isFalse();
    assertThat(chosenForWeights(128, 3, 128)).isFalse();
    assertThat(chosenForWeights(128, 4, 48)).isFalse();
    assertThat(
            WinogradConvolution.paysForWeights(
                ConvolutionShape.of(128, 8, 8, 128, 128, 3, 2, 1, false)))
        .isFalse();
  }

  private static boolean chosenForWeights(int batch, int side, int channels) {
    return WinogradConvolution.paysForWeights(
        ConvolutionShape.of(batch, side, side, channels, channels, 3, 1, 1, false));
  }

  private static boolean chosen(int side, int channels) {
    return WinogradConvolution.pays(
        ConvolutionShape.of(128, side, side, channels, channels, 3, 1, 1, false));
  }
}
