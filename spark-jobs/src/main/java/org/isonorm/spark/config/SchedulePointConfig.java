package org.isonorm.spark.config;

import org.isonorm.spark.schedule.LearningRateSchedule.Piecewise;

/**
 * An element of {@code optimizer.schedule-points}.
 *
 * @param epoch epochs since the run's start, fractions allowed
 * @param factor what the learning rate is multiplied by there
 */
public record SchedulePointConfig(double epoch, double factor) {
  static final String KEY = "optimizer.schedule-points";

  public SchedulePointConfig {
    Checks.notNegative(KEY, epoch);
    Checks.notNegative(KEY, factor);
  }

  Piecewise.Point inSteps(long stepsPerEpoch) {
    return new Piecewise.Point(epoch * stepsPerEpoch, factor);
  }
}
