package org.isonorm.spark.schedule;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * The learning rate as a function of the step alone, so that a retried or resumed step has the rate
 * it had. Steps count from 0 over the whole run and not from the start of an epoch or a round.
 *
 * <p>Immutable. Created on the driver; serialized to executors.
 */
public sealed interface LearningRateSchedule extends Serializable {

  /**
   * The learning rate of a step.
   *
   * @throws IllegalArgumentException if the step is negative
   */
  double at(long step);

  /** The same rate at every step. */
  record Constant(double learningRate) implements LearningRateSchedule {
    public Constant {
      LearningRateSchedule.checkRate(learningRate);
    }

    @Override
    public double at(long step) {
      LearningRateSchedule.checkStep(step);
      return learningRate;
    }
  }

  /**
   * Half a cosine from the learning rate at step 0 to 0 at step T, lr_t = lr/2 · (1 + cos(π t/T));
   * 0 afterwards (Loshchilov and Hutter 2017 without restarts; Zhang et al. 2022, §5).
   *
   * @param learningRate lr, the rate of step 0
   * @param totalSteps T, the steps of the run
   */
  record Cosine(double learningRate, long totalSteps) implements LearningRateSchedule {
    public Cosine {
      LearningRateSchedule.checkRate(learningRate);
      if (totalSteps < 1) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid total steps: %d (must be >= 1)", totalSteps));
      }
    }

    @Override
    public double at(long step) {
      LearningRateSchedule.checkStep(step);
      if (step >= totalSteps) {
        return 0;
      }
      return learningRate / 2 * (1 + Math.cos(Math.PI * step / totalSteps));
    }
  }

  /**
   * The learning rate, multiplied by a factor at each boundary: lr · factor^(number of boundaries ≤
   * step).
   *
   * @param boundaries first steps of the lower rates, increasing
   */
  record Stepwise(double learningRate, double factor, List<Long> boundaries)
      implements LearningRateSchedule {
    public Stepwise {
      LearningRateSchedule.checkRate(learningRate);
      if (!(factor > 0 && factor <= 1)) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid factor: %s (must be in (0, 1])", factor));
      }
      boundaries = List.copyOf(boundaries);
      for (int i = 0; i < boundaries.size(); i++) {
        if (boundaries.get(i) <= (i == 0 ? -1 : boundaries.get(i - 1))) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT, "Invalid boundaries: %s (must be >= 0 and increase)", boundaries));
        }
      }
    }

    @Override
    public double at(long step) {
      LearningRateSchedule.checkStep(step);
      int passed = (int) boundaries.stream().filter(boundary -> boundary <= step).count();
      return learningRate * Math.pow(factor, passed);
    }
  }

  /**
   * Straight lines between points, the factor of the first before it and that of the last after it:
   * the triangle of Smith 2017 and any other polygon.
   *
   * @param points by increasing step
   */
  record Piecewise(double learningRate, List<Point> points) implements LearningRateSchedule {
    /**
     * A corner.
     *
     * @param step may lie between two steps
     * @param factor what the learning rate is multiplied by there
     */
    public record Point(double step, double factor) implements Serializable {
      public Point {
        if (!(step >= 0 && Double.isFinite(step) && factor >= 0 && Double.isFinite(factor))) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "Invalid point: factor %s at step %s (both must be >= 0 and finite)",
                  factor,
                  step));
        }
      }
    }

    public Piecewise {
      LearningRateSchedule.checkRate(learningRate);
      points = List.copyOf(points);
      if (points.isEmpty()) {
        throw new IllegalArgumentException("Invalid points: [] (must be at least one)");
      }
      for (int i = 1; i < points.size(); i++) {
        if (points.get(i).step() <= points.get(i - 1).step()) {
          throw new IllegalArgumentException(
              String.format(Locale.ROOT, "Invalid points: %s (steps must increase)", points));
        }
      }
    }

    @Override
    public double at(long step) {
      LearningRateSchedule.checkStep(step);
      Point before = points.get(0);
      if (step <= before.step()) {
        return learningRate * before.factor();
      }
      for (Point point : points.subList(1, points.size())) {
        if (step <= point.step()) {
          double share = (step - before.step()) / (point.step() - before.step());
          return learningRate * (before.factor() + share * (point.factor() - before.factor()));
        }
        before = point;
      }
      return learningRate * before.factor();
    }
  }

  /**
   * Another schedule, multiplied by (t + 1)/W at the first W steps: a linear rise from 1/W of its
   * rate (Goyal et al. 2017). The other schedule's steps count from the run's start as well.
   *
   * @param schedule the schedule that is warmed up to
   * @param warmupSteps W
   */
  record Warmup(LearningRateSchedule schedule, long warmupSteps) implements LearningRateSchedule {
    public Warmup {
      if (warmupSteps < 1) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid warmup steps: %d (must be >= 1)", warmupSteps));
      }
    }

    @Override
    public double at(long step) {
      double rate = schedule.at(step);
      return step < warmupSteps ? rate * (step + 1) / warmupSteps : rate;
    }
  }

  private static void checkRate(double learningRate) {
    if (!(learningRate > 0 && Double.isFinite(learningRate))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid learning rate: %s (must be > 0 and finite)", learningRate));
    }
  }

  private static void checkStep(long step) {
    if (step < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid step: %d (must be >= 0)", step));
    }
  }
}
