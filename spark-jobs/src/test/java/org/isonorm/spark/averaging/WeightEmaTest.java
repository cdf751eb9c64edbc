package org.isonorm.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.isonorm.spark.run.FloatBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightEmaTest {
  /** A float32 rounding a step, of values up to 3. */
  private static final double ROUNDING = 3e-6;

  private static double after(byte[] average) {
    return FloatBytes.view(average).get(0);
  }

  private static byte[] next(byte[] average, double value, double decay, int steps, long done) {
    return WeightEma.next(average, FloatBytes.of(new float[] {(float) value}), decay, steps, done);
  }

  /** Values 1, 3, 2 at decay 1/2: 1; (1/2 + 3) / (3/2); (1/4 + 3/2 + 2) / (7/4). */
  @Test
  void weighsEveryStepByItsAge() {
    byte[] first = next(null, 1, .5, 1, 1);
    byte[] second = next(first, 3, .5, 1, 2);
    byte[] third = next(second, 2, .5, 1, 3);

    assertThat(after(first)).isEqualTo(1);
    assertThat(after(second)).isCloseTo(7 / 3., within(ROUNDING));
    assertThat(after(third)).isCloseTo(15 / 7., within(ROUNDING));
  }

  /** Parameters that stay the same over a round count as often as its steps. */
  @ParameterizedTest
  @CsvSource({".5, 1", ".9, 3", ".999, 7", "0, 4"})
  void aRoundIsItsStepsAtItsLast(double decay, int steps) {
    byte[] byRounds = null;
    byte[] bySteps = null;
    long done = 0;
    for (int round = 0; round < 5; round++) {
      double value = Math.sin(round);
      for (int s = 1; s <= steps; s++) {
        bySteps = next(bySteps, value, decay, 1, done + s);
      }
      done += steps;
      byRounds = next(byRounds, value, decay, steps, done);
    }

    assertThat(after(byRounds)).isCloseTo(after(bySteps), within(ROUNDING));
  }

  @Test
  void keepsWhatItWasGiven() {
    byte[] before = FloatBytes.of(new float[] {1});
    byte[] copy = next(null, 1, .5, 1, 1);
    next(copy, 3, .5, 1, 2);

    assertThat(copy).isEqualTo(before);
  }
}
