package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.isonorm.init.Distribution.Constant;
import org.isonorm.init.Distribution.Normal;
import org.isonorm.init.Distribution.TruncatedNormal;
import org.isonorm.init.Distribution.Uniform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DistributionTest {
  /** One root and one division. */
  private static final double LAST_DIGIT = 1e-15;

  /** Of the published constant, or of a quadrature. */
  private static final double ROUNDING = 1e-12;

  /** Of many draws the largest is so near to the bound, as a share of it. */
  private static final double NEARLY_THE_BOUND = .999;

  private static final int DRAWS = 200_000;

  /**
   * Four standard errors of a sample variance relative to the variance: √((kurtosis - 1) / draws),
   * with the largest kurtosis of the three, the normal's 3.
   */
  private static final double VARIANCE_TOLERANCE = 4 * Math.sqrt(2. / DRAWS);

  /** Four standard errors of a sample mean, in standard deviations. */
  private static final double MEAN_TOLERANCE = 4 / Math.sqrt(DRAWS);

  @ParameterizedTest
  @CsvSource({
    "normal, 1", "normal, .0086805", "normal, 25",
    "uniform, 1", "uniform, .0086805", "uniform, 25",
    "truncated-normal, 1", "truncated-normal, .0086805", "truncated-normal, 25",
  })
  void sampleHasMeanZeroAndTheVarianceAskedFor(String name, double variance) {
    double[] sample = sample(Distribution.named(name, variance));

    double mean = DoubleStream.of(sample).average().orElseThrow();
    double sampleVariance = DoubleStream.of(sample).map(x -> x * x).average().orElseThrow();
    assertThat(mean).isCloseTo(0, within(MEAN_TOLERANCE * Math.sqrt(variance)));
    assertThat(sampleVariance).isCloseTo(variance, within(VARIANCE_TOLERANCE * variance));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, .01, 7})
  void normalPassesKolmogorovSmirnov(double variance) {
    assertThat(distance(new Normal(variance), normalFunction(variance)))
        .isLessThan(KolmogorovSmirnov.CRITICAL);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, .01, 7})
  void uniformPassesKolmogorovSmirnov(double variance) {
    assertThat(distance(new Uniform(variance), uniformFunction(variance)))
        .isLessThan(KolmogorovSmirnov.CRITICAL);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, .01, 7})
  void truncatedNormalPassesKolmogorovSmirnov(double variance) {
    assertThat(distance(new TruncatedNormal(variance), truncatedNormalFunction(variance)))
        .isLessThan(KolmogorovSmirnov.CRITICAL);
  }

  @Test
  void kolmogorovSmirnovTellsTheDistributionsApart() {
    assertThat(distance(new Uniform(1), normalFunction(1))).isGreaterThan(10);
    assertThat(distance(new TruncatedNormal(1), normalFunction(1)))
        .isGreaterThan(2 * KolmogorovSmirnov.CRITICAL);
    assertThat(distance(new Normal(1), normalFunction(1.05)))
        .isGreaterThan(KolmogorovSmirnov.CRITICAL);
  }

  @Test
  void boundsFollowFromTheVariance() {
    // Glorot's uniform bound √(6/(n + m)) at n + m = 600, and He's √(6/n) at n = 24.
    assertThat(new Uniform(2. / 600).limit()).isCloseTo(.1, within(LAST_DIGIT));
    assertThat(new Uniform(2. / 24).limit()).isCloseTo(.5, within(LAST_DIGIT));
    // 2/.87962566103423978, the constant of the variance-scaling initializers of other libraries.
    assertThat(new TruncatedNormal(1).limit()).isCloseTo(2.273694468677113, within(ROUNDING));
    assertThat(new TruncatedNormal(4).limit()).isCloseTo(2 * 2.273694468677113, within(ROUNDING));
  }

  @Test
  void truncatedNormalHasExactlyTheVarianceByQuadrature() {
    double limit = new TruncatedNormal(1).limit();
    double parent = limit / 2;
    double mass = Quadrature.integral(NormalCurve::density, -2, 2);
    double variance =
        Quadrature.integral(x -> parent * parent * x * x * NormalCurve.density(x), -2, 2) / mass;

    assertThat(variance).isCloseTo(1, within(ROUNDING));
  }

  @Test
  void drawsReachTheirBoundsButNotBeyond() {
    assertThat(largest(new Uniform(.5))).isBetween(NEARLY_THE_BOUND, 1.);
    assertThat(largest(new TruncatedNormal(.5))).isBetween(NEARLY_THE_BOUND, 1.);
  }

  @Test
  void constantIsTheSameEverywhereAndHasNoVariance() {
    float[] values = new float[7];
    new Constant(.01).fill(values, generator());

    assertThat(values).containsOnly(.01f);
    assertThat(new Constant(.01).variance()).isZero();
  }

  @Test
  void fillTakesTheDrawsInOrder() {
    Normal normal = new Normal(2);
    float[] values = new float[5];
    normal.fill(values, generator());

    RandomGenerator generator = generator();
    for (float value : values) {
      assertThat(value).isEqualTo((float) normal.sample(generator));
    }
  }

  @Test
  void everyNameIsKnownByItself() {
    assertThat(Distribution.names())
        .allSatisfy(name -> assertThat(Distribution.named(name, 3).variance()).isEqualTo(3));
  }

  @Test
  void rejectsAnUnknownName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Distribution.named("gaussian", 1))
        .withMessage(
            "Invalid distribution: gaussian (did you mean normal? valid: normal, uniform,"
                + " truncated-normal)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"normal", "uniform", "truncated-normal"})
  void rejectsAVarianceThatIsNotPositiveAndFinite(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Distribution.named(name, 0))
        .withMessage("Invalid variance: 0 (must be > 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Distribution.named(name, Double.POSITIVE_INFINITY))
        .withMessage("Invalid variance: Infinity (must be > 0 and finite)");
  }

  @Test
  void rejectsAConstantThatIsNotFinite() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Constant(Double.NaN))
        .withMessage("Invalid constant: NaN (must be finite)");
  }

  /** The largest absolute draw relative to the bound. */
  private static double largest(Distribution distribution) {
    double limit =
        distribution instanceof Uniform uniform
            ? uniform.limit()
            : ((TruncatedNormal) distribution).limit();
    return DoubleStream.of(sample(distribution)).map(Math::abs).max().orElseThrow() / limit;
  }

  private static double distance(Distribution distribution, DoubleUnaryOperator function) {
    return KolmogorovSmirnov.statistic(sample(distribution), function);
  }

  private static double[] sample(Distribution distribution) {
    RandomGenerator generator = generator();
    return DoubleStream.generate(() -> distribution.sample(generator)).limit(DRAWS).toArray();
  }

  private static RandomGenerator generator() {
    return SeedStream.of(2022).named("test").generator();
  }

  private static DoubleUnaryOperator normalFunction(double variance) {
    return x -> NormalCurve.cumulative(x / Math.sqrt(variance));
  }

  private static DoubleUnaryOperator uniformFunction(double variance) {
    double limit = Math.sqrt(3 * variance);
    return x -> (x + limit) / (2 * limit);
  }

  private static DoubleUnaryOperator truncatedNormalFunction(double variance) {
    double parent = Math.sqrt(variance) / .87962566103423978;
    double below = NormalCurve.cumulative(-2);
    return x -> (NormalCurve.cumulative(x / parent) - below) / (1 - 2 * below);
  }
}
