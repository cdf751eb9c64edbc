package org.isonorm.spark.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.schedule.LearningRateSchedule.Constant;
import org.isonorm.spark.schedule.LearningRateSchedule.Cosine;
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
