package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
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

  private static final int SHAPES = 40;

  private final Kernels reference = new ReferenceKernels();

  /** What a convolution of random arrays writes. */
  private record Results(
      Guarded output, Guarded inputGradient, Guarded weightsGradient, Guarded biasGradient) {
    List<Guarded> all() {
      return biasGradient == null
          ? List.of(output, inputGradient, weightsGradient)
          : List.of(output, inputGradient, weightsGradient, biasGradient);
    }
  }

  private static Results run(ConvolutionShape shape, ConvolutionKernel kernel) {
    RandomGenerator random = new SplittableRandom(shape.hashCode());
    long[] inputShape = {shape.batch(), shape.inHeight(), shape.inWidth(), shape.in()};
    long[] outputShape = {shape.batch(), shape.outHeight(), shape.outWidth(), shape.out()};
    long[] weightsShape = {shape.out(), shape.in(), 3, 3};
    INDArray input = Guarded.normal(random, inputShape).array();
    INDArray weights = Guarded.normal(random, weightsShape).array();
    INDArray bias = shape.bias() ? Guarded.normal(random, shape.out()).array() : null;
    INDArray outputGradient = Guarded.normal(random, outputShape).array();
    Results results =
        new Results(
            Guarded.unset(outputShape),
            Guarded.unset(inputShape),
            Guarded.unset(weightsShape),
            shape.bias() ? Guarded.unset(shape.out()) : null);
    kernel.forward(input, weights, bias, results.output().array());
    kernel.backward(
        input,
        weights,
        outputGradient,
        results.inputGradient().array(),
        results.weightsGradient().array(),
        shape.bias() ? results.biasGradient().array() : null);
    return results;
  }

  private static List<ConvolutionShape> shapes() {
    RandomGenerator random = new SplittableRandom(42);
    int[] channels = {16, 32, 48};
    int[] sizes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13};
    List<ConvolutionShape> shapes = new ArrayList<>();
    while (shapes.size() < SHAPES) {
      int height = sizes[random.nextInt(sizes.length)];
      int width = sizes[random.nextInt(sizes.length)];
      int down = random.nextInt(3);
      int across = random.nextInt(3);
      if (height + 2 * down < 3 || width + 2 * across < 3) {
        continue;
      }
      shapes.add(
          new ConvolutionShape(
              1 + random.nextInt(7),
              channels[random.nextInt(channels.length)],
              height,
              width,
              channels[random.nextInt(channels.length)],
              3,
              3,
              1,
              1,
              down,
              across,
              1,
              1,
              1,
              random.nextBoolean()));
    }
    // Several blocks of tiles for each thread.
    shapes.add(ConvolutionShape.of(7, 31, 34, 16, 32, 3, 1, 1, true));
    return shapes;
  }

  @Test
  void agreesWithTheReferenceHoweverManyThreads() {
    for (ConvolutionShape shape : shapes()) {
      assertThat(WinogradConvolution.supports(shape)).isTrue();
      List<Guarded> expected;
      try (ConvolutionKernel plain = reference.convolution(shape)) {
        expected = run(shape, plain).all();
      }
      for (int threads = 1; threads <= 3; threads++) {
        try (ConvolutionKernel kernel = new WinogradConvolution(shape, false, threads)) {
          List<Guarded> actual = run(shape, kernel).all();
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
        List<Guarded> results = run(shape, kernel).all();
        first = first == null ? results : first;
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).values()).containsExactly(first.get(i).values());
        }
      }
    }
  }

  @Test
  void sumsOfWeightsGradientsHaveOneOrderHoweverManyThreads() {
    ConvolutionShape shape = ConvolutionShape.of(5, 13, 15, 32, 48, 3, 1, 1, true);
    try (ConvolutionKernel one = new WinogradConvolution(shape, false, 1);
        ConvolutionKernel three = new WinogradConvolution(shape, false, 3)) {
      Results alone = run(shape, one);
      Results shared = run(shape, three);
      assertThat(shared.weightsGradient().values())
          .containsExactly(alone.weightsGradient().values());
      assertThat(shared.biasGradient().values()).containsExactly(alone.biasGradient().values());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inferenceAddsTheBiasAndCutsOffBelowZero(boolean bias) {
    for (int side : new int[] {8, 7}) {
      ConvolutionShape shape = ConvolutionShape.of(3, side, side, 16, 32, 3, 1, 1, bias);
      RandomGenerator random = new SplittableRandom(side);
      INDArray input = Guarded.normal(random, 3, side, side, 16).array();
      INDArray weights = Guarded.normal(random, 32, 16, 3, 3).array();
      INDArray offset = bias ? Guarded.normal(random, 32).array() : null;
      for (boolean relu : new boolean[] {true, false}) {
        Guarded actual = Guarded.unset(3, side, side, 32);
        Guarded expected = Guarded.unset(3, side, side, 32);
        try (InferenceConvolutionKernel kernel = new WinogradConvolution(shape, relu, 2);
            InferenceConvolutionKernel plain = reference.inferenceConvolution(shape, relu)) {
          kernel.forward(input, weights, offset, actual.array());
          plain.forward(input, weights, offset, expected.array());
        }
        actual.assertCloseTo(expected, TOLERANCE, shape + " relu " + relu);
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

  private static boolean chosen(int side, int channels) {
    return WinogradConvolution.pays(
        ConvolutionShape.of(128, side, side, channels, channels, 3, 1, 1, false));
  }
}
