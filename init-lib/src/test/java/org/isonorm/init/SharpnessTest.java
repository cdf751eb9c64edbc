package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.isonorm.init.ParameterTensor.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SharpnessTest {
  /** The error of a Rayleigh quotient is the square of its direction's, here .02. */
  private static final double QUOTIENT = 1e-3;

  /** Products by differences of gradients. */
  private static final double DIFFERENCE = 1e-6;

  private static final int ENOUGH = 200;

  /**
   * Σ d_i x_i²/2 over tensors of one value each; the first of them a convolution that may be
   * scaled.
   */
  private static final class Quadratic implements GradientOracle {
    private final double[] diagonal;

    Quadratic(double... diagonal) {
      this.diagonal = diagonal;
    }

    @Override
    public List<ParameterTensor> tensors() {
      return IntStream.range(0, diagonal.length)
          .mapToObj(i -> new ParameterTensor("t" + i, Kind.CONVOLUTION, 1, i == 0))
          .toList();
    }

    @Override
    public LossGradient evaluate(double[][] parameters, long... batches) {
      double loss = 0;
      double[][] gradient = new double[diagonal.length][1];
      for (int i = 0; i < diagonal.length; i++) {
        double x = parameters[i][0];
        loss += diagonal[i] * x * x / 2;
        gradient[i][0] = diagonal[i] * x;
      }
      return new LossGradient(loss, gradient);
    }

    @Override
    public double[][] hessianProduct(double[][] parameters, double[][] v, long... batches) {
      return Tensors.scaled(v, diagonal);
    }
  }

  private static Sharpness of(GradientOracle oracle, double[][] at, double... factors) {
    return Sharpness.of(oracle, at, factors, new SplittableRandom(1), ENOUGH, 0);
  }

  @ParameterizedTest
  @CsvSource({".5, -2", "3, .2", "1, 1", "2, .5"})
  void isTheLargestEigenvalueOfTwoLinearLayers(double u, double v) {
    double mixed = 2 * u * v - 1;
    double mean = (u * u + v * v) / 2;
    double half = (v * v - u * u) / 2;
    double largest = mean + Math.sqrt(half * half + mixed * mixed);

    Sharpness sharpness = of(new TwoLayerNet(), new double[][] {{u}, {v}}, 1, 1);

    assertThat(sharpness.value() / largest).isCloseTo(1, within(QUOTIENT));
    assertThat(sharpness.value()).isLessThanOrEqualTo(largest * (1 + DIFFERENCE));
    assertThat(sharpness.residual()).isLessThanOrEqualTo(.02 * sharpness.value());
  }

  @Test
  void aMoreNegativeEigenvalueIsPassedBy() {
    double[][] at = {{1}, {1}, {1}};

    assertThat(of(new Quadratic(-9, 4, 1), at, 1, 1, 1).value()).isCloseTo(4, within(4 * QUOTIENT));
  }

  @Test
  void ratesOfTensorsWeighIt() {
    double[][] at = {{1}, {1}, {1}};
    Quadratic bowl = new Quadratic(9, 4, 1);

    assertThat(of(bowl, at, 1, 1, 1).value()).isCloseTo(9, within(9 * QUOTIENT));
    assertThat(of(bowl, at, 1, 5, 1).value()).isCloseTo(20, within(20 * QUOTIENT));
    Sharpness rest = of(bowl, at, 0, 0, 3);
    assertThat(rest.value()).isCloseTo(3, within(1e-6));
    assertThat(rest.invariantShare()).isZero();
    assertThat(rest.products()).isEqualTo(1);
  }

  @Test
  void whatHasNotSettledSaysHowFarItMayBeOff() {
    Quadratic bowl = new Quadratic(9, 4, 1);

    Sharpness early =
        Sharpness.of(
            bowl,
            new double[][] {{1}, {1}, {1}},
            new double[] {1, 1, 1},
            new SplittableRandom(1),
            1,
            0);

    assertThat(early.products()).isEqualTo(1);
    assertThat(early.residual()).isGreaterThan(.02 * early.value());
    double nearest =
        DoubleStream.of(9, 4, 1).map(d -> Math.abs(d - early.value())).min().orElseThrow();
    assertThat(nearest).isLessThanOrEqualTo(early.residual());
  }

  /** Momentum on λx²/2 shrinks x just below the stable rate, and lets it grow just above. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stepsGrowAboveTheStableRate(boolean nesterov) {
    Sharpness sharpness = new Sharpness(7, 0, 0, 1);
    double rate = sharpness.stableRate(.9, nesterov);

    assertThat(afterSteps(.99 * rate, 7, .9, nesterov)).isLessThan(1e-3);
    assertThat(afterSteps(1.01 * rate, 7, .9, nesterov)).isGreaterThan(1e3);
  }

  private static double afterSteps(double rate, double lambda, double momentum, boolean nesterov) {
    double w = 1;
    double velocity = 0;
    double largest = 0;
    for (int step = 0; step < 10_000; step++) {
      double g = lambda * w;
      velocity = momentum * velocity + g;
      w -= rate * (nesterov ? g + momentum * velocity : velocity);
      largest = step >= 9_990 ? Math.max(largest, Math.abs(w)) : 0;
      if (Math.abs(w) > 1e6) {
        return Math.abs(w);
      }
    }
    return largest;
  }

  @Test
  void aLossThatCurvesNowhereUpwardsHasNoStableRate() {
    assertThat(new Sharpness(-1, 0, 0, 1).stableRate(.9, true)).isInfinite();
  }

  /**
   * At the rate found, with the γ of that rate, rate times sharpness is what it is at the start.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, .3, 1})
  void inEquilibriumTheStableRateIsThatOfItsOwnStart(double share) {
    Sharpness measured = new Sharpness(20, 0, share, 1);
    double stable = measured.stableRate(0, false);

    double rate = measured.stableRateInEquilibrium(stable, .4);

    double there = 20 * Math.pow(Math.sqrt(.4 / rate), share);
    assertThat(rate * there).isCloseTo(2, within(1e-12));
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(new TwoLayerNet(), new double[][] {{1}}, 1, 1))
        .withMessage("Invalid parameters: 1 tensors (must be the oracle's 2)");
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> of(new Quadratic(Double.NaN, 1), new double[][] {{1}, {1}}, 1, 1))
        .withMessage(
            "Cannot measure the sharpness: product 1 with the Hessian is not finite (choose another start)");
  }
}
