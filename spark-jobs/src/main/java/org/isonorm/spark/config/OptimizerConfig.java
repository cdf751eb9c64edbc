package org.isonorm.spark.config;

import java.util.List;
import org.isonorm.spark.schedule.LearningRateSchedule;

/**
 * Group {@code optimizer}.
 *
 * @param learningRate learning rate before the schedule
 * @param momentum in [0, 1)
 * @param nesterov whether a step looks ahead along the velocity
 * @param weightDecay L2 coefficient of the weights of convolutions and classifier
 * @param schedule how the rate changes over the run
 * @param warmupEpochs epochs of linear warmup, 0 for none
 * @param stepEpochs epochs after which schedule step lowers the rate, increasing
 * @param stepFactor factor of the rate at each of them
 */
public record OptimizerConfig(
    double learningRate,
    double momentum,
    boolean nesterov,
    double weightDecay,
    Schedule schedule,
    double warmupEpochs,
    List<Integer> stepEpochs,
    double stepFactor) {

  /** How the learning rate changes over the run. */
  public enum Schedule {
    /** Half a cosine to 0, a new rate every step. */
    COSINE,
    /** The same rate always. */
    CONSTANT,
    /** Multiplied by a factor after given epochs. */
    STEP
  }

  public OptimizerConfig {
    Checks.positive("optimizer.learning-rate", learningRate);
    Checks.check(
        momentum >= 0 && momentum < 1,
        "optimizer.momentum",
        Checks.plain(momentum),
        "must be in [0, 1)");
    Checks.notNegative("optimizer.weight-decay", weightDecay);
    Checks.notNegative("optimizer.warmup-epochs", warmupEpochs);
    stepEpochs = List.copyOf(stepEpochs);
    for (int i = 0; i < stepEpochs.size(); i++) {
      Checks.check(
          stepEpochs.get(i) > (i == 0 ? 0 : stepEpochs.get(i - 1)),
          "optimizer.step-epochs",
          stepEpochs,
          "must be > 0 and increase");
    }
    Checks.check(
        schedule != Schedule.STEP || !stepEpochs.isEmpty(),
        "optimizer.step-epochs",
        stepEpochs,
        "must hold at least one epoch for schedule step, as in [100, 150]");
    Checks.check(
        stepFactor > 0 && stepFactor <= 1,
        "optimizer.step-factor",
        Checks.plain(stepFactor),
        "must be in (0, 1]");
  }

  /**
   * The learning rate of every step of a run.
   *
   * @param stepsPerEpoch steps of one epoch, >= 1
   * @param epochs epochs of the run, >= 1
   */
  public LearningRateSchedule schedule(long stepsPerEpoch, int epochs) {
    LearningRateSchedule main =
        switch (schedule) {
          case COSINE -> new LearningRateSchedule.Cosine(learningRate, epochs * stepsPerEpoch);
          case CONSTANT -> new LearningRateSchedule.Constant(learningRate);
          case STEP ->
              new LearningRateSchedule.Stepwise(
                  learningRate,
                  stepFactor,
                  stepEpochs.stream().map(epoch -> epoch * stepsPerEpoch).toList());
        };
    long warmupSteps = Math.round(warmupEpochs * stepsPerEpoch);
    return warmupSteps == 0 ? main : new LearningRateSchedule.Warmup(main, warmupSteps);
  }
}
