package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignalStatisticsTest {
  /** Of sums in another order. */
  private static final double ROUNDING = 1e-12;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 1001})
  void anyNumberOfValuesHasTheStatisticsOfAPlainSum(int count) {
    SplittableRandom random = new SplittableRandom(count);
    float[] values = new float[count + 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (10 + random.nextDouble());
    }
    SignalStatistics measured = SignalStatistics.of(values, count);
    RealizedStatistics plain = RealizedStatistics.of(Arrays.copyOf(values, count));

    assertThat(measured.norm()).isCloseTo(plain.norm(), within(ROUNDING * plain.norm()));
    assertThat(measured.mean()).isCloseTo(plain.mean(), within(ROUNDING * plain.mean()));
    assertThat(measured.variance()).isCloseTo(plain.variance(), within(ROUNDING));
    assertThat(SignalStatistics.of(Arrays.copyOf(values, count))).isEqualTo(measured);
  }

  @Test
  void squaresOfVanishedSignalsAreNotLost() {
    float tiny = 1e-30f;
    assertThat(SignalStatistics.of(new float[] {tiny, tiny, tiny, tiny}).norm())
        .isCloseTo(2e-30, within(1e-37));
  }

  @Test
  void aFactorMultipliesThem() {
    assertThat(new SignalStatistics(5, 2, 3).times(-0.5))
        .isEqualTo(new SignalStatistics(2.5, -1, 0.75));
  }

  @Test
  void refusesNoValues() {
    assertThatIllegalArgumentException().isThrownBy(() -> SignalStatistics.of(new float[3], 0));
  }
}
