package org.isonorm.spark.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.isonorm.spark.schedule.LearningRateSchedule.Constant;
import org.isonorm.spark.schedule.LearningRateSchedule.Cosine;
import org.isonorm.spark.schedule.LearningRateSchedule.Piecewise;
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

  /** All in sixteenths, which doubles hold: no rounding. */
  @Test
  void piecewiseIsALineBetweenItsPointsAndFlatOutsideOfThem() {
    Piecewise triangle = new Piecewise(2, List.of(point(4, .25), point(12, 1), point(16, .5)));

    double[] rates = LongStream.rangeClosed(0, 20).mapToDouble(triangle::at).toArray();

    assertThat(rates)
        .containsExactly(
            .5, .5, .5, .5, .5, .6875, .875, 1.0625, 1.25, 1.4375, 1.625, 1.8125, 2, 1.75, 1.5,
            1.25, 1, 1, 1, 1, 1);
    assertThat(triangle.at(1_000_000)).isEqualTo(1);
  }

  @Test
  void piecewiseMayHaveItsCornersBetweenSteps() {
    Piecewise corner = new Piecewise(1, List.of(point(0, 0), point(1.5, 1), point(2.5, 0)));

    assertThat(corner.at(0)).isZero();
    assertThat(corner.at(1)).isCloseTo(2 / 3., within(ROUNDING));
    assertThat(corner.at(2)).isEqualTo(.5);
    assertThat(corner.at(3)).isZero();
  }

  private static Piecewise.Point point(double step, double factor) {
    return new Piecewise.Point(step, factor);
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
        .isThrownBy(() -> new Piecewise(.1, List.of()))
        .withMessage("Invalid points: [] (must be at least one)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Piecewise(.1, List.of(point(3, 1), point(3, 0))))
        .withMessageEndingWith("(steps must increase)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> point(1, -1))
        .withMessage("Invalid point: factor -1.0 at step 1.0 (both must be >= 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Warmup(new Constant(.1), 0))
        .withMessage("Invalid warmup steps: 0 (must be >= 1)");
    for (LearningRateSchedule schedule :
        List.of(
            new Constant(.1),
            new Cosine(.1, 9),
            new Stepwise(.1, .1, List.of(1L)),
            new Piecewise(.1, List.of(point(0, 1))))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> schedule.at(-1))
          .withMessage("Invalid step: -1 (must be >= 0)");
    }
  }
}
