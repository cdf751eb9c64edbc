package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.spark.run.EpochTotals;
import org.junit.jupiter.api.Test;

class SyncAdviceTest {
  private final List<String> lines = new ArrayList<>();

  /** An epoch of ten seconds. */
  private static EpochTotals computing(double seconds, double input) {
    return new EpochTotals(1000, 1, 1, .1, 10, seconds, input);
  }

  private SyncAdvice advice(int workers, int frequency, int stepsPerEpoch) {
    return new SyncAdvice(workers, frequency, stepsPerEpoch, lines::add);
  }

  @Test
  void namesTheFrequencyThatLeavesAFifth() {
    assertThat(advice(2, 3, 1000).sentence(computing(2, 1)))
        .hasValue(
            "the exchange of parameters took 70% of this epoch: averaging.frequency = 48 would make it about 13% (workers then move on alone for longer, at some cost in accuracy)");
  }

  @Test
  void oneWorkerLosesNothing() {
    assertThat(advice(1, 1, 1000).sentence(computing(4, 0)))
        .hasValueSatisfying(
            sentence ->
                assertThat(sentence).endsWith("(of one worker, the weights stay the same)"));
  }

  @Test
  void aRoundIsNoLongerThanAnEpoch() {
    assertThat(advice(2, 1, 7).sentence(computing(.1, 0)))
        .hasValueSatisfying(
            sentence ->
                assertThat(sentence).contains("averaging.frequency = 4 would make it about 96%"));
    assertThat(advice(2, 4, 7).sentence(computing(.1, 0))).isEmpty();
  }

  @Test
  void saysNothingWhereLittleIsLostOrNobodyMeasured() {
    assertThat(advice(2, 1, 1000).sentence(computing(5, 1))).isEmpty();
    assertThat(advice(2, 1, 1000).sentence(computing(Double.NaN, Double.NaN))).isEmpty();
  }

  @Test
  void saysItOnce() {
    SyncAdvice advice = advice(2, 1, 1000);

    advice.afterEpoch(null, computing(1, 1), null, false);
    advice.afterEpoch(null, computing(1, 1), null, false);

    assertThat(lines).hasSize(1);
  }
}
