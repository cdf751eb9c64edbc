package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
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

  private static final int SHAPES = 40;

  private final Kernels reference = new ReferenceKernels();

  /** The arrays of a convolution: activations in one type, weights in float32. */
  private static final class Arrays {
    private final ConvolutionShape shape;
    private final INDArray input;
    private final INDArray weights;
    private final INDArray bias;
    private final INDArray outputGradient;
    private final Guarded output;
    private final Guarded inputGradient;
    private final Guarded weightsGradient;
    private final Guarded biasGradient;

    /** Numbers that both types have, the same for the same shape. */
    Arrays(ConvolutionShape shape, DataType type) {
      this.shape = shape;
      RandomGenerator random = new SplittableRandom(shape.hashCode());
      long[] inputShape = {shape.batch(), shape.inHeight(), shape.inWidth(), shape.in()};
      long[] outputShape = {shape.batch(), shape.outHeight(), shape.outWidth(), shape.out()};
      long[] weightsShape = {shape.out(), shape.in(), 3, 3};
      input = representable(random, type, inputShape);
      weights = representable(random, DataType.FLOAT, weightsShape);
      outputGradient = representable(random, type, outputShape);
      bias = shape.bias() ? representable(random, DataType.FLOAT, shape.out()) : null;
      output = Guarded.unset(type, outputShape);
      inputGradient = Guarded.unset(type, inputShape);
      weightsGradient = Guarded.unset(weightsShape);
      biasGradient = shape.bias() ? Guarded.unset(shape.out()) : null;
    }

    private static INDArray representable(RandomGenerator random, DataType type, long... shape) {
      INDArray array = Guarded.normal(random, type, shape).array();
      return array.assign(array.castTo(DataType.BFLOAT16).castTo(type));
    }

    Arrays run(ConvolutionKernel kernel) {
      kernel.forward(input, weights, bias, output.array());
      kernel.backward(
          input,
          weights,
          outputGradient,
          inputGradient.array(),
          weightsGradient.array(),
          shape.bias() ? biasGradient.array() : null);
      return this;
    }

    List<Guarded> results() {
      return shape.bias()
          ? List.of(output, inputGradient, weightsGradient, biasGradient)
          : List.of(output, inputGradient, weightsGradient);
    }
  }

  @BeforeEach
  void requireInstructions() {
    try {
      OneDnn.requireFast(Precision.BFLOAT16);
    } catch (UnsupportedOperationException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  private static List<ConvolutionShape> shapes() {
    RandomGenerator random = new SplittableRandom(43);
    int[] channels = {32, 64, 96};
    int[] sizes = {1, 2, 3, 4, 5, 7};
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
    // Several blocks of rows, the last one shorter, in all three passes.
    shapes.add(ConvolutionShape.of(3, 31, 34, 32, 64, 3, 1, 1, true));
    return shapes;
  }

  @Test
  void agreesWithTheReferenceHoweverManyThreads() {
    for (ConvolutionShape shape : shapes()) {
      assertThat(ColumnConvolution.supports(shape)).isTrue();
      List<Guarded> expected;
      try (ConvolutionKernel plain = reference.convolution(shape)) {
        expected = new Arrays(shape, DataType.FLOAT).run(plain).results();
      }
      for (int threads = 1; threads <= 3; threads++) {
        try (ConvolutionKernel kernel = new ColumnConvolution(shape, false, threads)) {
          List<Guarded> actual = new Arrays(shape, DataType.BFLOAT16).run(kernel).results();
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
        List<Guarded> results = new Arrays(shape, DataType.BFLOAT16).run(kernel).results();
        first = first == null ? results : first;
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).values()).containsExactly(first.get(i).values());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inferenceAddsTheBiasAndCutsOffBelowZero(boolean bias) {
    ConvolutionShape shape = ConvolutionShape.of(3, 7, 7, 32, 64, 3, 1, 1, bias);
    for (boolean relu : new boolean[] {true, false}) {
      Arrays expected = new Arrays(shape, DataType.FLOAT);
      Arrays actual = new Arrays(shape, DataType.BFLOAT16);
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
