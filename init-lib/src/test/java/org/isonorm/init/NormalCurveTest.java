package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalCurveTest {
  /** A double next to 1 is known to 2e-16; a few operations. */
  private static final double LAST_DIGIT = 1e-15;

  /** The quadrature sums some hundred terms of at most 1; below -10 there is 1e-23. */
  private static final double INTEGRAL = 1e-13;

  /** Tabulated values of Φ, to every digit of a double. */
  @ParameterizedTest
  @CsvSource({
    "0, .5",
    "1, .8413447460685429",
    "2, .9772498680518208",
    "-1.96, .024997895148220435",
    "-5, 2.866515718791939e-7",
    "8.2, .9999999999999999",
    "40, 1",
    "-40, 0",
  })
  void distributionFunction(double x, double probability) {
    assertThat(NormalCurve.cumulative(x)).isCloseTo(probability, within(LAST_DIGIT));
  }

  @Test
  void distributionFunctionIsTheIntegralOfTheDensity() {
    for (double x = -8; x <= 8; x += .37) {
      assertThat(NormalCurve.cumulative(x))
          .isCloseTo(Quadrature.integral(NormalCurve::density, -10, x), within(INTEGRAL));
    }
  }
}
