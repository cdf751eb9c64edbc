package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuadratureTest {
  /** Polynomials that the rule integrates exactly, but for rounding. */
  private static final double LAST_DIGIT = 1e-15;

  /** A few hundred terms of at most 1. */
  private static final double ROUNDING = 1e-14;

  /** What halving intervals leaves of a peak, a kink or tails. */
  private static final double CONVERGED = 1e-12;

  @Test
  void integratesWhatHasAClosedForm() {
    assertThat(Quadrature.integral(x -> Math.pow(x, 29), 0, 1))
        .isCloseTo(1. / 30, within(LAST_DIGIT));
    assertThat(Quadrature.integral(Math::sin, 0, Math.PI)).isCloseTo(2, within(ROUNDING));
    assertThat(Quadrature.integral(x -> 1 / (1 + x * x), -100, 100))
        .isCloseTo(2 * Math.atan(100), within(CONVERGED));
    assertThat(Quadrature.integral(x -> Math.abs(x - 1. / 3), 0, 1))
        .isCloseTo(5. / 18, within(CONVERGED));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "2, 1", "4, 3", "6, 15", "8, 105", "20, 654729075"})
  void momentsOfTheNormalDistribution(int power, double moment) {
    double sigma = 1.7;
    double expected = moment * Math.pow(sigma, power);

    assertThat(Quadrature.normalExpectation(x -> Math.pow(x, power), sigma, List.of()))
        .isCloseTo(expected, within(CONVERGED * expected));
  }

  @Test
  void anExpectationBreaksWhereItIsTold() {
    assertThat(Quadrature.normalExpectation(x -> x > .1 ? 1 : 0, 2, List.of(.1)))
        .isCloseTo(1 - NormalCurve.cumulative(.05), within(ROUNDING));
  }

  @Test
  void undefinedIntegrandsShow() {
    assertThat(Quadrature.integral(x -> Double.NaN, 0, 1)).isNaN();
  }
}
