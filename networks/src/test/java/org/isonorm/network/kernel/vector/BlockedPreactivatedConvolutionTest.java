package org.isonorm.network.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.Guarded;
import org.isonorm.network.kernel.PreactivatedConvolutionKernel;
import org.isonorm.network.kernel.PreactivatedConvolutionShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

class BlockedPreactivatedConvolutionTest {
  /** Largest difference as a share of the largest value: sums of up to 83 products in any order. */
  private static final double SUMS = 1e-5;

  private final RandomGenerator random = new SplittableRandom(7);

  static List<PreactivatedConvolutionShape> shapes() {
    return List.of(
        shape(1, 1, List.of(1), false, false),
        shape(1, 5, List.of(3, 1, 2), true, true),
        shape(7, 48, List.of(24, 12, 12), true, true),
        shape(130, 16, List.of(16), true, false),
        shape(257, 48, List.of(24, 12, 12, 12), false, true),
        shape(301, 33, List.of(17, 31, 35), true, true),
        shape(1000, 20, List.of(4, 4, 4, 4, 4), true, true));
  }

  private static PreactivatedConvolutionShape shape(
      long rows, int out, List<Integer> channels, boolean bias, boolean relu) {
    return new PreactivatedConvolutionShape(
        new ConcatenationShape(rows, channels), out, bias, relu);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void agreesWithItsPartsHoweverManyThreads(PreactivatedConvolutionShape shape) {
    Trial trial = new Trial(shape);
    float[] expected = trial.byParts();
    for (int threads = 1; threads <= 3; threads++) {
      Guarded.assertClose(
          trial.fused(threads), expected, SUMS, "%s, %d threads".formatted(shape, threads));
    }
  }

  @Test
  void showsThatANetworkHasDiverged() {
    Trial trial = new Trial(shape(3, 4, List.of(12, 12), true, false));
    trial.inputs[1].putScalar(0, Float.NaN);

    assertThat(trial.fused(1)[0]).isNaN();
    assertThat(trial.fused(1)[4]).isFinite();
  }

  @Test
  void refusesArraysThatItWouldMisread() {
    Trial trial = new Trial(shape(3, 4, List.of(12, 12), false, false));
    trial.inputs[0] = Nd4j.create(DataType.FLOAT, 3, 11);

    assertThatThrownBy(() -> trial.fused(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid array: shape [3, 11] has 33 elements, expected 36");
  }

  @Test
  void leavesArraysOfTwoGigabytesToOthers() {
    assertThat(supports(1_000_000)).isTrue();
    assertThat(supports(20_000_000)).isFalse();
  }

  private static boolean supports(long rows) {
    return BlockedPreactivatedConvolution.supports(shape(rows, 48, List.of(24, 12), true, true));
  }

  private final class Trial {
    private final PreactivatedConvolutionShape shape;
    private final INDArray[] inputs;
    private final INDArray scale;
    private final INDArray shift;
    private final INDArray weights;
    private final INDArray bias;

    Trial(PreactivatedConvolutionShape shape) {
      this.shape = shape;
      inputs =
          shape.inputs().channels().stream()
              .map(channels -> normal(shape.inputs().rows(), channels))
              .toArray(INDArray[]::new);
      scale = normal(shape.in());
      shift = normal(shape.in());
      weights = normal(shape.out(), shape.in(), 1, 1);
      bias = shape.bias() ? normal(shape.out()) : null;
    }

    private INDArray normal(long... lengths) {
      return Guarded.normal(random, lengths).array();
    }

    float[] fused(int threads) {
      Guarded output = Guarded.unset(shape.inputs().rows(), shape.out());
      try (PreactivatedConvolutionKernel kernel =
          new BlockedPreactivatedConvolution(shape, threads)) {
        kernel.forward(inputs, scale, shift, weights, bias, output.array());
      }
      return output.values();
    }

    float[] byParts() {
      INDArray rectified =
          Transforms.relu(Nd4j.concat(1, inputs).mulRowVector(scale).addRowVector(shift));
      INDArray product =
          rectified.mmul(weights.dup('c').reshape('c', shape.out(), shape.in()).transpose());
      INDArray sum = bias == null ? product : product.addRowVector(bias);
      INDArray output = shape.relu() ? Transforms.relu(sum) : sum;
      return output.dup('c').reshape(output.length()).toFloatVector();
    }
  }
}
