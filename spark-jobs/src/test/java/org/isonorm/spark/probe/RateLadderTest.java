package org.isonorm.spark.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.isonorm.spark.run.ProbeRow;
import org.junit.jupiter.api.Test;

class RateLadderTest {
  private static final double ROUNDING = 1e-12;

  private static ProbeRow row(double rate, long seed, double loss) {
    Double known = Double.isNaN(loss) ? null : Double.valueOf(loss);
    return new ProbeRow(rate, 1, rate, seed, 20, known, known == null ? null : .5);
  }

  /** Rungs around .4, with a loss by rate that both seeds share. */
  private static List<ProbeRow> climb(DoubleUnaryOperator loss) throws IOException {
    return RateLadder.climb(.4, (rate, seed) -> row(rate, seed, loss.applyAsDouble(rate)));
  }

  private static double distance(double rate, double from) {
    return Math.pow(Math.log(rate / from), 2);
  }

  @Test
  void theThreeBestRatesAreTrainedTwice() throws IOException {
    List<ProbeRow> runs = climb(rate -> distance(rate, .22));

    assertThat(runs.stream().map(ProbeRow::learningRate))
        .containsExactly(.8, .4, .2, .1, .05, .2, .4, .1);
    assertThat(runs.stream().map(ProbeRow::seed)).containsExactly(0L, 0L, 0L, 0L, 0L, 1L, 1L, 1L);
    RateChoice choice = RateChoice.of(runs).orElseThrow();
    assertThat(choice.best()).isEqualTo(.2);
    assertThat(choice.bracketed()).isTrue();
    // The seeds agree on every difference of rates.
    assertThat(choice.noise()).isZero();
    assertThat(choice.equallyGood()).containsExactly(.2);
    // 1, 32^-.4 = 1/4 and 1,000^-.4 = .0631 of it, in two digits.
    assertThat(choice.after(1)).isEqualTo(.2);
    assertThat(choice.after(32)).isEqualTo(.05);
    assertThat(choice.after(1000)).isEqualTo(.013);
  }

  @Test
  void aBestRateAtAnEndIsFollowedForTwoRungs() throws IOException {
    assertThat(climb(rate -> distance(rate, .02)).stream().map(ProbeRow::learningRate))
        .containsExactly(.8, .4, .2, .1, .05, .025, .013, .025, .013, .05);
    List<ProbeRow> upwards = climb(rate -> distance(rate, 9));
    assertThat(upwards).hasSize(RateLadder.MOST_RUNS);
    assertThat(upwards.stream().map(ProbeRow::learningRate))
        .containsExactly(.8, .4, .2, .1, .05, 1.6, 3.2, 3.2, 1.6, .8);
    assertThat(RateChoice.of(upwards).orElseThrow().bracketed()).isFalse();
  }

  @Test
  void ratesThatDivergeAreNotTrainedAgain() throws IOException {
    List<ProbeRow> runs = climb(rate -> rate > .15 ? Double.NaN : distance(rate, .09));

    assertThat(runs.stream().map(ProbeRow::learningRate))
        .containsExactly(.8, .4, .2, .1, .05, .1, .05);
    assertThat(RateChoice.of(runs).orElseThrow().best()).isEqualTo(.1);
    List<ProbeRow> none = climb(rate -> Double.NaN);
    assertThat(none.stream().map(ProbeRow::learningRate))
        .containsExactly(.8, .4, .2, .1, .05, .025, .013);
    assertThat(RateChoice.of(none)).isEmpty();
  }

  /** Differences between the seeds of .1, .2 and .6: mean .3, variance .07, σ² half of it. */
  @Test
  void noiseIsWhatSeedsDoNotShare() {
    List<ProbeRow> runs =
        List.of(
            row(.4, 0, 9),
            row(.2, 0, 1.1),
            row(.1, 0, 1.2),
            row(.05, 0, 2.6),
            row(.025, 0, 9),
            row(.2, 1, 1),
            row(.1, 1, 1),
            row(.05, 1, 2));

    RateChoice choice = RateChoice.of(runs).orElseThrow();

    assertThat(choice.best()).isEqualTo(.2);
    assertThat(choice.loss()).isCloseTo(1.05, within(ROUNDING));
    assertThat(choice.noise()).isCloseTo(Math.sqrt(.035), within(ROUNDING));
    assertThat(choice.equallyGood()).containsExactly(.1, .2);
  }

  @Test
  void whatDivergesAtTheSecondSeedIsNotChosen() {
    RateChoice choice =
        RateChoice.of(
                List.of(
                    row(.2, 0, 1),
                    row(.1, 0, 2),
                    row(.05, 0, 3),
                    row(.2, 1, Double.NaN),
                    row(.1, 1, 2)))
            .orElseThrow();

    assertThat(choice.best()).isEqualTo(.1);
    assertThat(choice.noise()).isNaN();
    assertThat(choice.equallyGood()).containsExactly(.1);
  }

  /** Ten runs share 3 % of 70,200 steps, less eight gradients and sixteen products. */
  @Test
  void runsShareTheBudget() {
    ProbeBudget budget = ProbeBudget.of(200, 351, 128, 5000, .03);

    assertThat(budget.trainingSteps()).isEqualTo(70_200);
    assertThat(budget.evaluationSteps()).isCloseTo(13.0208, within(1e-4));
    assertThat(budget.steps()).isEqualTo((int) ((2106 - 56) / 10. - 13.0208));
    assertThat(budget.cost(16, 10)).isLessThanOrEqualTo(.03).isGreaterThan(.0298);
    assertThat(budget.lengths()).isEqualTo(70_200. / budget.steps());
    // No image twice.
    assertThat(ProbeBudget.of(2000, 351, 128, 5000, .03).steps()).isEqualTo(351);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProbeBudget.of(6, 78, 128, 1000, .03))
        .withMessage(
            "Invalid --share: 0.03 of the training's 468 steps is less than the 243 that the"
                + " shortest probe takes (must be at least 0.52 for this configuration)");
    assertThat(ProbeBudget.of(6, 78, 128, 1000, .52).steps()).isEqualTo(16);
    // No share is large enough.
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProbeBudget.of(3, 78, 128, 1000, 1))
        .withMessage(
            "Invalid --share: 1.0 of the training's 234 steps is less than the 243 that the"
                + " shortest probe takes (raise training.epochs to at least 4, or train without a"
                + " probe)");
    assertThat(ProbeBudget.of(4, 78, 128, 1000, 1).steps()).isGreaterThan(16);
  }
}
