package org.isonorm.network.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
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

class FusedWinogradConvolutionTest {
  /** As of {@link WinogradConvolutionTest}: the maps are the same. */
  private static final double TOLERANCE = 5e-5;

  /** Of the results whose sums are over channels and taps, not over images. */
  private static final int OUTPUT = 0;

  private static final int INPUT_GRADIENT = 1;

  private final Kernels reference = new ReferenceKernels();

  private static List<ConvolutionShape> shapes() {
    List<ConvolutionShape> shapes = ConvolutionTrial.shapes(16, 12, 24, 48);
    // Images wider than the tiles of a block, and blocks for each of three threads.
    shapes.add(shape(1, 5, 140, 16, 16, true));
    shapes.add(shape(14, 8, 8, 16, 16, true));
    return shapes;
  }

  private static ConvolutionShape shape(
      int batch, int height, int width, int in, int out, boolean bias) {
    return ConvolutionShape.of(batch, height, width, in, out, 3, 1, 1, bias);
  }

  private static ConvolutionTrial run(InferenceConvolutionKernel kernel, ConvolutionShape shape) {
    ConvolutionTrial trial = ConvolutionTrial.of(shape);
    kernel.forward(trial.input, trial.weights, trial.bias, trial.output.array());
    return trial;
  }

  @Test
  void agreesWithTheReferenceHoweverManyThreads() {
    for (ConvolutionShape shape : shapes()) {
      assertThat(FusedWinogradConvolution.supports(shape)).isTrue();
      List<Guarded> expected;
      try (ConvolutionKernel plain = reference.convolution(shape)) {
        expected = ConvolutionTrial.of(shape).run(plain).results();
      }
      List<Guarded> alone = List.of();
      for (int threads = 1; threads <= 3; threads++) {
        try (ConvolutionKernel kernel = new FusedWinogradConvolution(shape, false, threads)) {
          List<Guarded> actual = ConvolutionTrial.of(shape).run(kernel).results();
          for (int i = 0; i < expected.size(); i++) {
            String what = "%s, %d threads, result %d".formatted(shape, threads, i);
            actual.get(i).assertCloseTo(expected.get(i), TOLERANCE, what);
          }
          alone = threads == 1 ? actual : alone;
          for (int i : new int[] {OUTPUT, INPUT_GRADIENT}) {
            assertThat(actual.get(i).values()).isEqualTo(alone.get(i).values());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void repeatsItselfBitForBit(int threads) {
    ConvolutionShape shape = shape(5, 13, 15, 32, 48, true);
    try (ConvolutionKernel kernel = new FusedWinogradConvolution(shape, false, threads)) {
      List<Guarded> first = ConvolutionTrial.of(shape).run(kernel).results();
      for (int repetition = 0; repetition < 5; repetition++) {
        List<Guarded> results = ConvolutionTrial.of(shape).run(kernel).results();
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).values()).isEqualTo(first.get(i).values());
        }
      }
    }
  }

  @Test
  void isNotMisledByWhatItsThreadsComputedBefore() {
    ConvolutionShape shape = shape(1, 5, 5, 24, 24, true);
    ConvolutionShape larger = shape(6, 9, 9, 32, 32, true);
    try (ConvolutionKernel kernel = new FusedWinogradConvolution(shape, false, 1);
        ConvolutionKernel before = new FusedWinogradConvolution(larger, false, 1)) {
      List<Guarded> expected = ConvolutionTrial.of(shape).run(kernel).results();
      ConvolutionTrial trial = ConvolutionTrial.of(larger);
      trial.input.assign(Float.NaN);
      trial.run(before);
      List<Guarded> actual = ConvolutionTrial.of(shape).run(kernel).results();
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i).values()).isEqualTo(expected.get(i).values());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inferenceAddsTheBiasAndCutsOffBelowZero(boolean bias) {
    for (int side : new int[] {8, 7}) {
      ConvolutionShape shape = shape(3, side, side, 16, 32, bias);
      for (boolean relu : new boolean[] {true, false}) {
        try (InferenceConvolutionKernel kernel = new FusedWinogradConvolution(shape, relu, 2);
            InferenceConvolutionKernel plain = reference.inferenceConvolution(shape, relu)) {
          run(kernel, shape)
              .output
              .assertCloseTo(run(plain, shape).output, TOLERANCE, shape + " relu " + relu);
        }
      }
    }
  }

  @Test
  void anImagesOutputDoesNotDependOnItsBatch() {
    for (int side : new int[] {4, 12}) {
      ConvolutionShape shape = shape(29, side, side, 32, 16, true);
      ConvolutionTrial trial = ConvolutionTrial.of(shape);
      ConvolutionShape ofOne = shape(1, side, side, 32, 16, true);
      Guarded one = Guarded.unset(1, side, side, 16);
      try (FusedWinogradConvolution all = new FusedWinogradConvolution(shape, true, 2);
          FusedWinogradConvolution single = new FusedWinogradConvolution(ofOne, true, 1)) {
        all.forward(trial.input, trial.weights, trial.bias, trial.output.array());
        int floats = side * side * 16;
        for (int image : new int[] {0, 13, 28}) {
          INDArray input = trial.input.slice(image).dup('c').reshape(1, side, side, 32);
          single.forward(input, trial.weights, trial.bias, one.array());
          assertThat(one.values())
              .isEqualTo(
                  Arrays.copyOfRange(trial.output.values(), image * floats, (image + 1) * floats));
        }
      }
    }
  }

  @Test
  void followsWeightsAndBiasThatChange() {
    ConvolutionShape shape = shape(2, 8, 8, 16, 32, true);
    ConvolutionTrial trial = ConvolutionTrial.of(shape);
    Guarded expected = Guarded.unset(2, 8, 8, 32);
    try (FusedWinogradConvolution kernel = new FusedWinogradConvolution(shape, false, 1);
        InferenceConvolutionKernel plain = reference.inferenceConvolution(shape, false)) {
      for (int i = 0; i < 3; i++) {
        kernel.forward(trial.input, trial.weights, trial.bias, trial.output.array());
        plain.forward(trial.input, trial.weights, trial.bias, expected.array());
        trial.output.assertCloseTo(expected, TOLERANCE, "change " + i);
        trial.bias.addi(3);
        if (i == 1) {
          trial.weights.putScalar(trial.weights.length() - 1, -5f);
        }
      }
    }
  }

  @Test
  void refusesArraysThatItWouldMisread() {
    ConvolutionShape shape = shape(2, 8, 8, 16, 16, false);
    INDArray array = Nd4j.create(DataType.FLOAT, 2, 8, 8, 16);
    INDArray weights = Nd4j.create(DataType.FLOAT, 16, 16, 3, 3);
    try (FusedWinogradConvolution kernel = new FusedWinogradConvolution(shape, false, 1)) {
      assertThatThrownBy(() -> kernel.forward(array.castTo(DataType.DOUBLE), weights, null, array))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Invalid array: DOUBLE (must be FLOAT)");
      assertThatThrownBy(() -> kernel.forward(array, weights, null, array.permute(0, 2, 1, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not contiguous in C order");
    }
  }

  @Test
  void leavesWhatItCannotComputeToOthers() {
    assertThat(
            FusedWinogradConvolution.supports(ConvolutionShape.of(2, 8, 8, 16, 16, 3, 2, 1, true)))
        .isFalse();
    assertThat(
            FusedWinogradConvolution.supports(ConvolutionShape.of(2, 8, 8, 16, 16, 3, 1, 3, true)))
        .isFalse();
    assertThat(
            FusedWinogradConvolution.supports(ConvolutionShape.of(2, 8, 8, 16, 16, 5, 1, 2, true)))
        .isFalse();
    assertThat(FusedWinogradConvolution.supports(shape(2, 8, 8, 4, 16, true))).isFalse();
    assertThat(FusedWinogradConvolution.supports(shape(2, 8, 8, 16, 20, true))).isFalse();
  }

  @Test
  void isChosenWhereItIsFasterOnProcessorsOfEightLanes() {
    boolean suits = FloatLanes.SPECIES.length() == 8;
    assertThat(pays(32, 16)).isEqualTo(suits);
    assertThat(pays(16, 32)).isEqualTo(suits);
    assertThat(pays(8, 64)).isEqualTo(suits);
    assertThat(pays(7, 64)).isEqualTo(suits);
    assertThat(pays(31, 24)).isEqualTo(suits);
    assertThat(pays(29, 16)).isEqualTo(suits);
    assertThat(pays(7, 16)).isFalse();
    assertThat(pays(32, 8)).isFalse();
    assertThat(pays(32, 12)).isFalse();
    assertThat(FusedWinogradConvolution.pays(shape(64, 32, 32, 48, 12, false))).isEqualTo(suits);
    assertThat(pays(6, 64)).isFalse();
    assertThat(pays(16, 128)).isFalse();
  }

  private static boolean pays(int side, int channels) {
    return FusedWinogradConvolution.pays(shape(100, side, side, channels, channels, true));
  }
}
