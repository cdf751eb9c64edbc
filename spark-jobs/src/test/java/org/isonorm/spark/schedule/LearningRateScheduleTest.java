package org.isonorm.spark.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.isonorm.spark.schedule.LearningRateSchedule.Constant;
import org.isonorm.spark.schedule.LearningRateSchedule.Cosine;
import org.isonorm.spark.schedule.LearningRateSchedule.Stepwise;
import org.isonorm.spark.schedule.LearningRateSchedule.Warmup;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  /** A few roundings of a double near .1. */
  private static final double ROUNDING = 1e-16;

  @Test
  void constantIsTheSameAtEveryStep() {
    assertThat(new Constant(.1).at(0)).isEqualTo(.1);
    assertThat(new Constant(.1).at(1_000_000)).isEqualTo(.1);
  }

  @Test
  void cosineFollowsTheFormulaAtEveryStep() {
    long total = 3 * 391;
    Cosine cosine = new Cosine(.1, total);

    for (long t = 0; t < total; t++) {
      assertThat(cosine.at(t))
          .isCloseTo(.05 * (1 + Math.cos(Math.PI * t / total)), within(ROUNDING));
    }
    assertThat(cosine.at(0)).isEqualTo(.1);
    assertThat(new Cosine(.1, 200).at(100)).isCloseTo(.05, within(ROUNDING));
    assertThat(cosine.at(total)).isZero();
    assertThat(cosine.at(total + 1)).isZero();
  }

  @Test
  void stepwiseIsMultipliedAtEachBoundary() {
    Stepwise steps = new Stepwise(.1, .1, List.of(10L, 20L));

    assertThat(steps.at(9)).isEqualTo(.1);
    assertThat(steps.at(10)).isCloseTo(.01, within(ROUNDING));
    assertThat(steps.at(19)).isCloseTo(.01, within(ROUNDING));
    assertThat(steps.at(20)).isCloseTo(.001, within(ROUNDING));
  }

  @Test
  void warmupRisesLinearlyToTheSchedule() {
    Warmup warmup = new Warmup(new Constant(.1), 4);

    assertThat(warmup.at(0)).isCloseTo(.025, within(ROUNDING));
    assertThat(warmup.at(1)).isCloseTo(.05, within(ROUNDING));
    assertThat(warmup.at(2)).isCloseTo(.075, within(ROUNDING));
    assertThat(warmup.at(3)).isEqualTo(.1);
    assertThat(warmup.at(4)).isEqualTo(.1);
  }

  @Test
  void badArgumentsAreErrors() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Constant(0))
        .withMessage("Invalid learning rate: 0.0 (must be > 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cosine(Double.NaN, 1))
        .withMessage("Invalid learning rate: NaN (must be > 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cosine(.1, 0))
        .withMessage("Invalid total steps: 0 (must be >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Stepwise(.1, 2, List.of()))
        .withMessage("Invalid factor: 2.0 (must be in (0, 1])");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Stepwise(.1, .1, List.of(5L, 5L)))
        .withMessage("Invalid boundaries: [5, 5] (must be >= 0 and increase)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Warmup(new Constant(.1), 0))
        .withMessage("Invalid warmup steps: 0 (must be >= 1)");
    for (LearningRateSchedule schedule :
        List.of(new Constant(.1), new Cosine(.1, 9), new Stepwise(.1, .1, List.of(1L)))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> schedule.at(-1))
          .withMessage("Invalid step: -1 (must be >= 0)");
    }
  }
}
