package org.isonorm.spark.averaging;

import java.nio.FloatBuffer;
import org.isonorm.spark.run.FloatBytes;

/**
 * The exponential moving average of the parameters over the steps of a run, running statistics of
 * batch normalization included (Polyak and Juditsky 1992; Tarvainen and Valpola 2017), without the
 * start's share:
 *
 * <pre>
 * average after T steps = Σ d^(T − t) w_t / Σ d^(T − t)
 * </pre>
 *
 * <p>with d the decay and w_t the parameters after step t. Where parameters are averaged over
 * workers every k steps only those averages are known: each stands for the k steps before it, at
 * the weight of the last of them, so that k = 1 is the average over steps. It is a function of the
 * parameters, the average before and the number of steps alone.
 */
final class WeightEma {
  private WeightEma() {}

  /**
   * The average after some more steps.
   *
   * @param average before them; null before the first
   * @param parameters after them, as bulk bytes
   * @param decay d in [0, 1)
   * @param steps how many there were, >= 1
   * @param stepsDone steps of the run, these included
   * @return new bulk bytes
   */
  static byte[] next(byte[] average, byte[] parameters, double decay, int steps, long stepsDone) {
    if (average == null) {
      return parameters.clone();
    }
    double share = (1 - Math.pow(decay, steps)) / (1 - Math.pow(decay, stepsDone));
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
