package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.isonorm.init.Distribution.Uniform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixSamplersTest {
  /** Weights are floats: each product of a sum of unit vectors is rounded to 6e-8. */
  private static final double FLOAT = 5e-7;

  /** Some thousands of draws, relative: √(4/(5 N)) of a uniform distribution's, three times. */
  private static final double SAMPLED = .05;

  private static final double GAIN = Math.sqrt(2);

  @ParameterizedTest
  @CsvSource({
    "8, 2, 3, 1",
    "64, 64, 1, 1",
    "64, 3, 3, 1",
    "5, 7, 2, 1",
    "12, 8, 3, 4",
    "1, 5, 1, 1"
  })
  void orthogonalKernelsHaveNormGainAndNoneInCommon(int out, int in, int kernel, int groups) {
    WeightShape shape = WeightShape.groupedConvolution(out, in, kernel, kernel, groups);
    float[] weights = draw(new Orthogonal(GAIN), shape);

    int rows = out / groups;
    int columns = in / groups * kernel * kernel;
    for (int group = 0; group < groups; group++) {
      double[][] matrix = matrix(weights, group * rows * columns, rows, columns);
      assertOrthonormalRows(rows <= columns ? matrix : transpose(matrix), GAIN);
    }
    double power = 0;
    for (float weight : weights) {
      power += (double) weight * weight / weights.length;
    }
    assertThat(new Orthogonal(GAIN).variance(shape)).isCloseTo(power, within(FLOAT));
  }

  @Test
  void aSquareMatrixIsOrthogonalInBothDirections() {
    double[][] matrix = matrix(draw(new Orthogonal(1), WeightShape.dense(100, 100)), 0, 100, 100);

    assertOrthonormalRows(matrix, 1);
    assertOrthonormalRows(transpose(matrix), 1);
  }

  /**
   * An entry of a uniformly random orthogonal matrix times √size is almost normal; a sign that were
   * not fixed by the diagonal of R would show in the first row and column.
   */
  @Test
  void firstEntriesAreDistributedAsHaarMeasureHasThem() {
    int size = 30;
    double[] entries = new double[4000];
    for (int i = 0; i < entries.length; i++) {
      entries[i] =
          Math.sqrt(size)
              * OrthonormalVectors.sample(3, size, SeedStream.of(9).at(i).generator())[i % 3][0];
    }

    // Of a coordinate on the sphere the density is (1 - x²)^((size - 3) / 2).
    double scale = Quadrature.integral(x -> Math.pow(1 - x * x, (size - 3) / 2.), -1, 1);
    assertThat(
            KolmogorovSmirnov.statistic(
                entries,
                x ->
                    Quadrature.integral(
                            t -> Math.pow(1 - t * t, (size - 3) / 2.), -1, x / Math.sqrt(size))
                        / scale))
        .isLessThan(KolmogorovSmirnov.CRITICAL);
  }

  @Test
  void theFirstVectorIsTheFirstDrawNormalized() {
    float[] weights = draw(new Orthogonal(1), WeightShape.dense(1, 4));

    var random = SeedStream.of(1).named("matrix").generator();
    double[] draws = {
      random.nextGaussian(), random.nextGaussian(), random.nextGaussian(), random.nextGaussian()
    };
    double norm = Math.sqrt(dot(draws, draws));
    for (int i = 0; i < 4; i++) {
      assertThat(weights[i]).isEqualTo((float) (draws[i] / norm));
    }
  }

  @ParameterizedTest
  @CsvSource({"16, 16, 3, 1", "32, 5, 5, 1", "8, 3, 2, 1", "12, 8, 3, 4"})
  void aDeltaOrthogonalKernelIsItsCentreTap(int out, int in, int kernel, int groups) {
    WeightShape shape = WeightShape.groupedConvolution(out, in, kernel, kernel, groups);
    float[] weights = draw(new DeltaOrthogonal(GAIN), shape);

    int centre = (kernel - 1) / 2 * kernel + (kernel - 1) / 2;
    int inputs = in / groups;
    double[][] taps = new double[out][inputs];
    double power = 0;
    for (int i = 0; i < weights.length; i++) {
      if (i % (kernel * kernel) == centre) {
        taps[i / (kernel * kernel) / inputs][i / (kernel * kernel) % inputs] = weights[i];
      } else {
        assertThat(weights[i]).isZero();
      }
      power += (double) weights[i] * weights[i] / weights.length;
    }
    int rows = out / groups;
    for (int group = 0; group < groups; group++) {
      double[][] own = new double[rows][];
      System.arraycopy(taps, group * rows, own, 0, rows);
      assertOrthonormalRows(transpose(own), GAIN);
    }
    assertThat(new DeltaOrthogonal(GAIN).variance(shape)).isCloseTo(power, within(FLOAT));
  }

  @Test
  void deltaOrthogonalNeedsAtLeastAsManyOutputsAsInputs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> draw(new DeltaOrthogonal(1), WeightShape.convolution(2, 3, 3, 3)))
        .withMessage(
            "Invalid shape for delta-orthogonal weights: 3 input and 2 output channels (must have"
                + " at least as many outputs as inputs; orthogonal takes any shape)");
  }

  @Test
  void zeroOnesIsTheIdentityWhereChannelsStay() {
    assertThat(draw(new ZeroOnes(), WeightShape.convolution(2, 2, 3, 1)))
        .containsExactly(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
  }

  @Test
  void zeroOnesKeepsTheFirstChannelsWhereTheyDecrease() {
    assertThat(draw(new ZeroOnes(), WeightShape.dense(2, 3))).containsExactly(1, 0, 0, 0, 1, 0);
  }

  @Test
  void zeroOnesIsAHadamardMatrixWhereChannelsIncrease() {
    // r = 2 for three and four outputs, c = 2^(-1/2).
    float c = (float) Math.sqrt(.5);
    assertThat(draw(new ZeroOnes(), WeightShape.dense(4, 2)))
        .containsExactly(c, c, c, -c, c, c, c, -c);
    assertThat(draw(new ZeroOnes(), WeightShape.dense(3, 2))).containsExactly(c, c, c, -c, c, c);
    assertThat(draw(new ZeroOnes(), WeightShape.dense(2, 1))).containsExactly(1, 1);
  }

  @ParameterizedTest
  @CsvSource({"16, 8", "64, 3", "128, 64"})
  void columnsOfAWholeHadamardMatrixAreOrthogonalOfNormRootTwo(int out, int in) {
    double[][] matrix = matrix(draw(new ZeroOnes(), WeightShape.dense(out, in)), 0, out, in);

    assertOrthonormalRows(transpose(matrix), Math.sqrt(2));
  }

  @ParameterizedTest
  @CsvSource({"8, 8, 3, 1", "4, 12, 3, 1", "48, 5, 3, 1", "12, 8, 3, 4"})
  void zeroOnesSaysItsOwnVariance(int out, int in, int kernel, int groups) {
    WeightShape shape = WeightShape.groupedConvolution(out, in, kernel, kernel, groups);

    RealizedStatistics realized = RealizedStatistics.of(draw(new ZeroOnes(), shape));

    assertThat(new ZeroOnes().variance(shape)).isCloseTo(realized.variance(), within(FLOAT));
    assertThat(new ZeroOnes().power(shape) * shape.size())
        .isCloseTo(realized.norm() * realized.norm(), within(FLOAT * shape.size()));
  }

  @Test
  void partialIdentityCopiesAsManyChannelsAsItCanAndDrawsTheOthersAsFrameworksDo() {
    WeightShape shape = WeightShape.convolution(3, 2, 3, 1);
    float[] weights = draw(new PartialIdentity(), shape);

    assertThat(Arrays.copyOf(weights, 12)).containsExactly(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    assertThat(Arrays.copyOfRange(weights, 12, 18))
        .isEqualTo(Arrays.copyOfRange(draw(new Uniform(1. / 18), shape), 12, 18));
  }

  @Test
  void partialIdentityKeepsTheFirstChannelsWhereTheyDecrease() {
    assertThat(draw(new PartialIdentity(), WeightShape.dense(2, 3)))
        .containsExactly(1, 0, 0, 0, 1, 0);
  }

  @Test
  void partialIdentityIsOneOfEveryGroup() {
    assertThat(draw(new PartialIdentity(), WeightShape.groupedConvolution(4, 4, 1, 1, 2)))
        .containsExactly(1, 0, 0, 1, 1, 0, 0, 1);
  }

  @ParameterizedTest
  @CsvSource({"8, 8, 3, 1", "4, 12, 3, 1", "480, 50, 3, 1", "120, 8, 3, 4"})
  void partialIdentitySaysItsExpectedVariance(int out, int in, int kernel, int groups) {
    WeightShape shape = WeightShape.groupedConvolution(out, in, kernel, kernel, groups);

    RealizedStatistics realized = RealizedStatistics.of(draw(new PartialIdentity(), shape));

    double expected = new PartialIdentity().variance(shape);
    assertThat(realized.variance()).isCloseTo(expected, within(SAMPLED * expected));
    assertThat(new PartialIdentity().power(shape))
        .isCloseTo(expected + square(expectedMean(shape)), within(FLOAT));
  }

  private static double expectedMean(WeightShape shape) {
    return (double) Math.min(shape.in(), shape.out()) / shape.size();
  }

  private static double square(double x) {
    return x * x;
  }

  private static float[] draw(WeightSampler sampler, WeightShape shape) {
    float[] weights = new float[(int) shape.size()];
    sampler.fill(weights, shape, SeedStream.of(1).named("matrix").generator());
    return weights;
  }

  private static void assertOrthonormalRows(double[][] rows, double norm) {
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j <= i; j++) {
        assertThat(dot(rows[i], rows[j]))
            .as("rows %d and %d", i, j)
            .isCloseTo(i == j ? norm * norm : 0, within(FLOAT));
      }
    }
  }

  private static double[][] matrix(float[] values, int from, int rows, int columns) {
    double[][] matrix = new double[rows][columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        matrix[row][column] = values[from + row * columns + column];
      }
    }
    return matrix;
  }

  private static double[][] transpose(double[][] matrix) {
    double[][] transposed = new double[matrix[0].length][matrix.length];
    for (int row = 0; row < matrix.length; row++) {
      for (int column = 0; column < matrix[0].length; column++) {
        transposed[column][row] = matrix[row][column];
      }
    }
    return transposed;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
