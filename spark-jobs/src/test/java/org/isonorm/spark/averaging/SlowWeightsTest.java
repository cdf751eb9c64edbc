package org.isonorm.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.isonorm.spark.averaging.SlowWeights.Lookahead;
import org.isonorm.spark.averaging.SlowWeights.MovingAverage;
import org.isonorm.spark.run.FloatBytes;
import org.isonorm.spark.run.ModelState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlowWeightsTest {
  /** A float32 rounding a step, of values up to 3. */
  private static final double ROUNDING = 3e-6;

  private static double after(byte[] average) {
    return FloatBytes.view(average).get(0);
  }

  private static byte[] next(byte[] average, double value, double decay, int steps, long done) {
    return new MovingAverage(decay)
        .next(average, () -> FloatBytes.of(new float[] {(float) value}), steps, done);
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

  @Test
  void withoutAnyNothingIsAveraged() {
    assertThat(new SlowWeights.None().next(null, () -> new byte[4], 1, 7)).isNull();
    assertThat(new SlowWeights.None().areTrainedOn(1, 7)).isFalse();
  }

  /** The loop as its authors write it down, of one weight that a step doubles and adds one to. */
  @ParameterizedTest
  @CsvSource({"5, .7737809375, 3, 13", "2, .5, 0, 8", "3, .9, 1, 12", "4, 0, 0, 9"})
  void lookaheadIsTheLoopOfItsAuthors(int every, double decay, double power, int total) {
    double slow = .25;
    double fast = .25;
    Lookahead lookahead = new Lookahead(every, decay, power, total);
    byte[] start = FloatBytes.of(new float[] {.25f});
    ModelState state = lookahead.start(new ModelState(start, start));
    for (int step = 1; step <= total; step++) {
      fast = .5 * fast + 1;
      float[] trained = {.5f * FloatBytes.view(state.parameters()).get(0) + 1};
      if (step % every == 0) {
        double d = decay * Math.pow((double) step / total, power);
        slow = d * slow + (1 - d) * fast;
        fast = slow;
      }
      if (step == total) {
        fast = slow;
      }
      byte[] parameters = FloatBytes.of(trained);
      byte[] average = lookahead.next(state.average(), () -> parameters, 1, step);
      state = new ModelState(parameters, start, null, average);
      if (lookahead.areTrainedOn(1, step)) {
        state = state.withParameters(average);
      }
      assertThat(after(state.parameters())).as("step %d", step).isCloseTo(fast, within(ROUNDING));
      assertThat(after(state.evaluated())).as("step %d", step).isCloseTo(slow, within(ROUNDING));
    }
    assertThat(state.parameters()).isEqualTo(state.average());
  }

  @Test
  void lookaheadWaitsForTheNextAverageOverWorkers() {
    Lookahead lookahead = new Lookahead(5, .5, 0, 100);
    assertThat(lookahead.areTrainedOn(4, 4)).isFalse();
    assertThat(lookahead.areTrainedOn(4, 8)).isTrue();
    assertThat(lookahead.areTrainedOn(4, 12)).isTrue();
    assertThat(lookahead.areTrainedOn(2, 14)).isFalse();
    assertThat(lookahead.areTrainedOn(4, 20)).isTrue();
    byte[] average = FloatBytes.of(new float[] {3});
    assertThat(lookahead.next(average, () -> new byte[4], 4, 4)).isSameAs(average);
    assertThat(after(lookahead.next(average, () -> new byte[4], 4, 8))).isEqualTo(1.5);
  }

  @Test
  void refusesBadNumbers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MovingAverage(1))
        .withMessage("Invalid optimizer.ema-decay: 1.0 (must be in [0, 1))");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Lookahead(0, .5, 0, 1))
        .withMessage("Invalid optimizer.lookahead.steps: 0 (must be >= 1)");
  }
}
