package org.isonorm.spark.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.schedule.LearningRateSchedule.Constant;
import org.isonorm.spark.schedule.LearningRateSchedule.Cosine;
import org.isonorm.spark.schedule.LearningRateSchedule.Piecewise;
import org.isonorm.spark.schedule.LearningRateSchedule.Piecewise.Point;
import org.isonorm.spark.schedule.LearningRateSchedule.Stepwise;
import org.isonorm.spark.schedule.LearningRateSchedule.Warmup;
import org.junit.jupiter.api.Test;

class OptimizerConfigTest {
  private static final int STEPS_PER_EPOCH = 391;

  @Test
  void theDefaultIsThePapersCosineOverEveryStepOfTheRun() {
    assertThat(schedule(200)).isEqualTo(new Cosine(.1, 200 * 391));
  }

  @Test
  void constantIsConstant() {
    assertThat(schedule(200, "optimizer.schedule=constant", "optimizer.learning-rate=.5"))
        .isEqualTo(new Constant(.5));
  }

  @Test
  void stepEpochsBecomeSteps() {
    assertThat(
            schedule(
                200,
                "optimizer.schedule=step",
                "optimizer.step-epochs=[100,150]",
                "optimizer.step-factor=.2"))
        .isEqualTo(new Stepwise(.1, .2, List.of(39_100L, 58_650L)));
  }

  /** The form of the fastest CIFAR-10 recipes: a quarter of the run up, the rest down. */
  @Test
  void pointsBecomeCornersInSteps() {
    LearningRateSchedule triangle =
        schedule(
            10,
            "optimizer.schedule=piecewise",
            "optimizer.schedule-points=[{epoch = 0, factor = .25}, {epoch = 2.5, factor = 1},"
                + " {epoch = 10, factor = .0625}]",
            "optimizer.learning-rate=8");

    assertThat(triangle)
        .isEqualTo(
            new Piecewise(
                8, List.of(new Point(0, .25), new Point(977.5, 1), new Point(3910, .0625))));
    assertThat(triangle.at(0)).isEqualTo(2);
    assertThat(triangle.at(3910)).isEqualTo(.5);
  }

  @Test
  void theSmallScaleKeepsTheFormOfASchedule() {
    IsonormConfig full =
        IsonormConfig.load(
            Optional.empty(),
            List.of(
                "training.epochs=16",
                "optimizer.schedule=piecewise",
                "optimizer.schedule-points=[{epoch = 0, factor = .2}, {epoch = 3, factor = 1},"
                    + " {epoch = 16, factor = 0}]"));

    IsonormConfig small = full.with(Scale.SMALL.settings(full));

    assertThat(small.training().epochs()).isEqualTo(8);
    assertThat(small.optimizer().schedulePoints())
        .containsExactly(
            new SchedulePointConfig(0, .2),
            new SchedulePointConfig(1.5, 1),
            new SchedulePointConfig(8, 0));
  }

  @Test
  void warmupWrapsAnySchedule() {
    assertThat(schedule(3, "optimizer.warmup-epochs=.5", "training.epochs=3"))
        .isEqualTo(new Warmup(new Cosine(.1, 3 * 391), 196));
    assertThat(schedule(3, "optimizer.warmup-epochs=2", "optimizer.schedule=constant"))
        .isEqualTo(new Warmup(new Constant(.1), 782));
  }

  private static LearningRateSchedule schedule(int epochs, String... settings) {
    return IsonormConfig.load(Optional.empty(), List.of(settings))
        .optimizer()
        .schedule(STEPS_PER_EPOCH, epochs);
  }
}
