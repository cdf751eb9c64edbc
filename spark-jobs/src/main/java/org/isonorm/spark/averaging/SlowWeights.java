package org.isonorm.spark.averaging;

import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.function.Supplier;
import org.isonorm.spark.run.FloatBytes;
import org.isonorm.spark.run.ModelState;

/**
 * An average of the parameters over the steps of a run, running statistics of batch normalization
 * included, which is evaluated in their place. It is a function of the parameters, the average
 * before and the number of steps alone. Where parameters are averaged over workers every k steps,
 * only those averages are known.
 *
 * <p>Immutable. Created on the driver; serialized to executors.
 */
public sealed interface SlowWeights extends Serializable {
  /** A run's state before its first step, with its average where there is one already. */
  default ModelState start(ModelState state) {
    return state;
  }

  /**
   * The average after some more steps.
   *
   * @param average before them; null for none yet
   * @param parameters after them, as bulk bytes
   * @param steps how many there were, >= 1
   * @param stepsDone steps of the run, these included
   * @return bulk bytes, which may be those of before; null for none
   */
  byte[] next(byte[] average, Supplier<byte[]> parameters, int steps, long stepsDone);

  /** Whether training then goes on from the average. */
  default boolean areTrainedOn(int steps, long stepsDone) {
    return false;
  }

  /** No average. */
  record None() implements SlowWeights {
    @Override
    public byte[] next(byte[] average, Supplier<byte[]> parameters, int steps, long stepsDone) {
      return null;
    }
  }

  /**
   * The exponential moving average (Polyak and Juditsky 1992; Tarvainen and Valpola 2017), without
   * the start's share:
   *
   * <pre>
   * average after T steps = Σ d^(T − t) w_t / Σ d^(T − t)
   * </pre>
   *
   * <p>with w_t the parameters after step t. Averages over workers stand for the k steps before
   * them, at the weight of the last of them, so that k = 1 is the average over steps.
   *
   * @param decay d in [0, 1)
   */
  record MovingAverage(double decay) implements SlowWeights {
    public MovingAverage {
      AveragingSettings.check(decay >= 0 && decay < 1, "optimizer.ema-decay", decay, "in [0, 1)");
    }

    @Override
    public byte[] next(byte[] average, Supplier<byte[]> parameters, int steps, long stepsDone) {
      byte[] now = parameters.get();
      if (average == null) {
        return now.clone();
      }
      double share = (1 - Math.pow(decay, steps)) / (1 - Math.pow(decay, stepsDone));
      return between(average, now, share);
    }
  }

  /**
   * Lookahead (Zhang, Lucas, Hinton and Ba 2019): every k steps the average becomes d · average +
   * (1 − d) · parameters and the parameters become the average, with d = decay · (t/T)^power at
   * step t of T (Jordan 2024); after the last step the parameters become the average as it is. The
   * optimizer's moments stay as they are. With averages over workers it takes place at the first of
   * them at or after each k-th step.
   *
   * @param every k, >= 1
   * @param decay of the average at the last step, in [0, 1)
   * @param power 0 for the same decay at all steps
   * @param totalSteps T, the steps of the run
   */
  record Lookahead(int every, double decay, double power, long totalSteps) implements SlowWeights {
    public Lookahead {
      AveragingSettings.check(every >= 1, "optimizer.lookahead.steps", every, ">= 1");
      AveragingSettings.check(
          decay >= 0 && decay < 1, "optimizer.lookahead.decay", decay, "in [0, 1)");
      AveragingSettings.check(power >= 0, "optimizer.lookahead.decay-power", power, ">= 0");
      AveragingSettings.check(totalSteps >= 1, "total steps", totalSteps, ">= 1");
    }

    @Override
    public ModelState start(ModelState state) {
      return state.withAverage(state.parameters());
    }

    @Override
    public byte[] next(byte[] average, Supplier<byte[]> parameters, int steps, long stepsDone) {
      if (!isDue(steps, stepsDone)) {
        return average;
      }
      double d = decay * Math.pow((double) stepsDone / totalSteps, power);
      return between(average, parameters.get(), 1 - d);
    }

    @Override
    public boolean areTrainedOn(int steps, long stepsDone) {
      return isDue(steps, stepsDone) || stepsDone >= totalSteps;
    }

    private boolean isDue(int steps, long stepsDone) {
      return stepsDone / every > (stepsDone - steps) / every;
    }
  }

  private static byte[] between(byte[] average, byte[] parameters, double share) {
    FloatBuffer before = FloatBytes.view(average);
    FloatBuffer now = FloatBytes.view(parameters);
    byte[] result = new byte[parameters.length];
    FloatBuffer after = FloatBytes.view(result);
    for (int i = 0; i < now.limit(); i++) {
      double old = before.get(i);
      after.put(i, (float) (old + share * (now.get(i) - old)));
    }
    return result;
  }
}
