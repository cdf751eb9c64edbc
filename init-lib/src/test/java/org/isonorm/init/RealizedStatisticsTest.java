package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RealizedStatisticsTest {
  /** A sum of 5,120 squares in double precision. */
  private static final double ROUNDING = 1e-12;

  @Test
  void describesASmallSample() {
    assertThat(RealizedStatistics.of(new float[] {1, 2, 3, 4}))
        .isEqualTo(new RealizedStatistics(4, 2.5, 1.25, Math.sqrt(30)));
  }

  @Test
  void aSingleValueHasNoVariance() {
    assertThat(RealizedStatistics.of(new float[] {-3}))
        .isEqualTo(new RealizedStatistics(1, -3, 0, 3));
  }

  @Test
  void keepsThePrecisionOfASmallSpreadAroundALargeMean() {
    float[] values = new float[1_000_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 2 == 0 ? 4095.5f : 4096.5f;
    }

    RealizedStatistics statistics = RealizedStatistics.of(values);

    assertThat(statistics.mean()).isEqualTo(4096);
    assertThat(statistics.variance()).isEqualTo(.25);
  }

  @Test
  void aConstantTensorHasNextToNoVariance() {
    float[] values = new float[5120];
    Arrays.fill(values, .01f);

    RealizedStatistics statistics = RealizedStatistics.of(values);

    // The mean is rounded once per addition, in double precision.
    assertThat(statistics.variance()).isLessThan(1e-28);
    assertThat(statistics.norm()).isCloseTo(.01f * Math.sqrt(5120), within(ROUNDING));
  }

  @Test
  void showsNonFiniteValues() {
    assertThat(RealizedStatistics.of(new float[] {1, Float.NaN}).variance()).isNaN();
  }

  @Test
  void rejectsAnEmptyTensor() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RealizedStatistics.of(new float[0]))
        .withMessage("Invalid number of values: 0 (must be > 0)");
  }
}
