package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WhiteningTest {
  /** Some dozens of rotations of doubles, each of which rounds. */
  private static final double DOUBLE = 1e-12;

  /** Filters are floats of some tens, on patches of some units. */
  private static final double FLOAT = 2e-5;

  /** ε of the published code. */
  private static final double EPSILON = 5e-4;

  private static final int HEIGHT = 5;
  private static final int WIDTH = 6;
  private static final WeightShape SHAPE = WeightShape.convolution(24, 3, 2, 2);
  private static final LayerTopology FIRST =
      new LayerTopology("whitening", LayerKind.CONVOLUTION, SHAPE, true, false);
  private static final LayerTopology SECOND =
      new LayerTopology(
          "conv", LayerKind.CONVOLUTION, WeightShape.convolution(8, 24, 3, 3), false, true);
  private static final LayerTopology CLASSIFIER =
      new LayerTopology("classifier", LayerKind.CLASSIFIER, WeightShape.dense(2, 8), false, false);

  /** Images whose neighbouring pixels and channels resemble each other, as real ones' do. */
  private static float[] images(int count) {
    RandomGenerator random = SeedStream.of(4).named("images").generator();
    float[] images = new float[count * HEIGHT * WIDTH * 3];
    double last = 0;
    for (int i = 0; i < images.length; i++) {
      last = .8 * last + random.nextGaussian() + .1;
      images[i] = (float) last;
    }
    return images;
  }

  private static PatchMoments moments(float[] images) {
    PatchMoments moments = PatchMoments.none(SHAPE);
    moments.add(images, HEIGHT, WIDTH);
    return moments;
  }

  /** The outputs of one filter at every place within the images, by the definition. */
  private static double[] outputs(float[] images, float[] filters, int filter) {
    int size = HEIGHT * WIDTH * 3;
    int count = images.length / size;
    double[] outputs = new double[count * (HEIGHT - 1) * (WIDTH - 1)];
    int to = 0;
    for (int image = 0; image < count; image++) {
      for (int y = 0; y + 1 < HEIGHT; y++) {
        for (int x = 0; x + 1 < WIDTH; x++) {
          double sum = 0;
          for (int c = 0; c < 3; c++) {
            for (int dy = 0; dy < 2; dy++) {
              for (int dx = 0; dx < 2; dx++) {
                sum +=
                    filters[((filter * 3 + c) * 2 + dy) * 2 + dx]
                        * images[image * size + ((y + dy) * WIDTH + x + dx) * 3 + c];
              }
            }
          }
          outputs[to++] = sum;
        }
      }
    }
    return outputs;
  }

  private static double meanProduct(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum / a.length;
  }

  private static float[] filters(float[] images) {
    return Whitening.of(moments(images), SHAPE).filters().orElseThrow();
  }

  @Test
  void outputsAreUncorrelatedAndOfMeanSquareOneButForEpsilon() {
    float[] images = images(40);
    float[] filters = filters(images);
    double[] eigenvalues = SymmetricEigen.of(moments(images).matrix()).values();

    for (int i = 0; i < 12; i++) {
      double[] one = outputs(images, filters, i);
      for (int j = 0; j <= i; j++) {
        double expected = i == j ? eigenvalues[i] / (eigenvalues[i] + EPSILON) : 0;
        assertThat(meanProduct(one, outputs(images, filters, j)))
            .as("%d and %d", i, j)
            .isCloseTo(expected, within(FLOAT));
      }
    }
  }

  @Test
  void theSecondHalfIsTheNegativesOfTheFirst() {
    float[] filters = filters(images(3));

    for (int i = 0; i < 12 * 12; i++) {
      assertThat(filters[12 * 12 + i]).isEqualTo(-filters[i]);
    }
  }

  @Test
  void fewerFiltersAreThoseOfTheLargestEigenvalues() {
    PatchMoments moments = moments(images(3));
    float[] all = Whitening.of(moments, SHAPE).filters().orElseThrow();
    float[] few =
        Whitening.of(moments, WeightShape.convolution(6, 3, 2, 2)).filters().orElseThrow();

    assertThat(Arrays.copyOf(few, 3 * 12)).isEqualTo(Arrays.copyOf(all, 3 * 12));
    double[] values = SymmetricEigen.of(moments.matrix()).values();
    for (int i = 1; i < values.length; i++) {
      assertThat(values[i]).isLessThanOrEqualTo(values[i - 1]);
    }
  }

  @Test
  void momentsAreSumsOverWhateverBatchesImagesComeIn() {
    float[] images = images(4);
    PatchMoments parts = PatchMoments.none(SHAPE);
    parts.add(Arrays.copyOf(images, images.length / 4), HEIGHT, WIDTH);
    parts.add(Arrays.copyOfRange(images, images.length / 4, images.length), HEIGHT, WIDTH);

    assertThat(parts.matrix()).isDeepEqualTo(moments(images).matrix());
  }

  @Test
  void momentsOfOneKnownPatch() {
    PatchMoments moments = PatchMoments.none(WeightShape.convolution(2, 2, 1, 2));
    // Two pixels of two channels; a kernel has the two pixels of a channel together.
    moments.add(new float[] {1, 10, 2, 20}, 1, 2);

    assertThat(moments.matrix()[1]).containsExactly(2, 4, 20, 40);
  }

  @Test
  void imagesThatAreNotWholeOrTooSmallAreRefused() {
    PatchMoments moments = PatchMoments.none(SHAPE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> moments.add(new float[7], 2, 2))
        .withMessage(
            "Invalid images: 7 values of 2x2x3 (must be whole images no smaller than 2x2)");
    assertThatIllegalArgumentException().isThrownBy(() -> moments.add(new float[6], 1, 2));
    assertThatIllegalStateException().isThrownBy(moments::matrix);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 12, 27})
  void eigenvectorsAreOrthonormalAndMakeUpTheMatrix(int size) {
    RandomGenerator random = SeedStream.of(size).generator();
    double[][] matrix = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        matrix[i][j] = random.nextGaussian();
        matrix[j][i] = matrix[i][j];
      }
    }

    SymmetricEigen eigen = SymmetricEigen.of(matrix);

    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        double product = 0;
        double sum = 0;
        for (int k = 0; k < size; k++) {
          product += eigen.vectors()[i][k] * eigen.vectors()[j][k];
          sum += eigen.vectors()[k][i] * eigen.values()[k] * eigen.vectors()[k][j];
        }
        assertThat(product).isCloseTo(i == j ? 1 : 0, within(DOUBLE));
        assertThat(sum).isCloseTo(matrix[i][j], within(DOUBLE));
      }
    }
  }

  @Test
  void eigenvaluesOfAKnownMatrix() {
    SymmetricEigen eigen = SymmetricEigen.of(new double[][] {{2, 1}, {1, 2}});

    assertThat(eigen.values()).containsExactly(new double[] {3, 1}, within(DOUBLE));
    assertThat(eigen.vectors()[0])
        .containsExactly(new double[] {Math.sqrt(.5), Math.sqrt(.5)}, within(DOUBLE));
  }

  private static InitializationPlan plan() {
    return InitializationPlan.of(
        new NetworkTopology("fast", List.of(FIRST, SECOND, CLASSIFIER), 10_000),
        Initialization.byRule("forward")
            .withOverrides(List.of(LayerOverride.rule("whitening", "whitening"))));
  }

  @Test
  void aPlanDrawsOnceItHasSeenImages() {
    InitializationPlan blind = plan();
    assertThat(blind.awaitingImages()).contains(FIRST);
    assertThat(blind.layers().get(0).variance()).isEqualTo(1. / 12);
    assertThatIllegalStateException()
        .isThrownBy(() -> blind.layers().get(0).sample(1))
        .withMessage(
            "Cannot draw weights by whitening: the plan has seen no images (InitializationPlan.seeing)");

    float[] images = images(10);
    InitializationPlan seeing = blind.seeing(moments(images));

    assertThat(seeing.awaitingImages()).isEmpty();
    LayerInitialization first = seeing.layers().get(0);
    assertThat(first.rule()).isEqualTo("whitening");
    assertThat(first.sample(1)).isEqualTo(first.sample(2)).isEqualTo(filters(images));
    assertThat(first.variance())
        .isCloseTo(RealizedStatistics.of(first.sample(1)).variance(), within(FLOAT));
    assertThat(seeing.layers().subList(1, 3)).isEqualTo(blind.layers().subList(1, 3));
  }

  @Test
  void behindItTheSignalHasPowerOne() {
    // ReLU halves the power of whitened outputs, so that the next layer's variance is 2/n.
    assertThat(plan().layers().get(1).variance()).isCloseTo(2. / 216, within(DOUBLE));
  }

  @Test
  void otherLayersCannotStartByIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                InitializationPlan.of(
                    new NetworkTopology("fast", List.of(FIRST, SECOND), 10_000),
                    Initialization.byRule("whitening")))
        .withMessage(
            "Invalid rule: whitening for layer conv (must be the first convolution, ungrouped and"
                + " undilated; name it in an override and give the others another rule)");
  }

  @Test
  void filtersWithoutAnEigenvectorAreDrawnAsFrameworksDo() {
    WeightShape wide = WeightShape.convolution(27, 3, 2, 2);
    Whitening whitening = Whitening.of(moments(images(3)), wide);
    float[] weights = new float[27 * 12];
    whitening.fill(weights, wide, SeedStream.of(1).generator());

    float[] drawn = new float[27 * 12];
    new Distribution.Uniform(1. / 36).fill(drawn, SeedStream.of(1).generator());
    assertThat(Arrays.copyOf(weights, 24 * 12)).isEqualTo(filters(images(3)));
    assertThat(Arrays.copyOfRange(weights, 24 * 12, 27 * 12))
        .isEqualTo(Arrays.copyOfRange(drawn, 24 * 12, 27 * 12));
    assertThat(whitening.variance(wide))
        .isCloseTo(
            (Whitening.of(moments(images(3)), SHAPE).variance(SHAPE) * 24 + 3. / 36) / 27,
            within(FLOAT));
  }
}
