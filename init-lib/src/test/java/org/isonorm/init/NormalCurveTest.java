package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalCurveTest {
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
    assertThat(NormalCurve.cumulative(x)).isCloseTo(probability, within(1e-15));
  }

  @Test
  void distributionFunctionIsTheIntegralOfTheDensity() {
    for (double x = -8; x <= 8; x += .37) {
      assertThat(NormalCurve.cumulative(x))
          .isCloseTo(Quadrature.integral(NormalCurve::density, -10, x), within(1e-13));
    }
  }
}
