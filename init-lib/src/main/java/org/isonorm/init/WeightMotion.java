package org.isonorm.init;

import java.util.Arrays;
import java.util.Locale;
import org.isonorm.init.Equilibrium.Averaging;

/**
 * How the next step of stochastic gradient descent would move a layer's weights: the angle by which
 * it turns them, what of gradient and step lies along the weights, and what {@link Equilibrium}
 * predicts from the same figures.
 *
 * @param rotation angle in radians between the layer's weights before and behind the step
 * @param filterRotation the same of its filters
 * @param filterNorm norms of its filters
 * @param gradientRadialShare cosine of gradient and weights: 0 where their length does not matter;
 *     the tangential share is √(1 − cosine²)
 * @param updateRadialShare cosine of step and weights, negative where it shortens them
 * @param squaredGradient ‖g̃‖² = ‖w‖²‖∇L‖² of the whole layer
 * @param equilibriumNorm ω by the measured gradient of the whole layer; NaN where the length of the
 *     weights matters
 * @param equilibriumRotation the predicted angle; NaN likewise
 * @param equilibriumSteps τ; NaN likewise
 * @param equilibriumRoundRotation the predicted angle between two averages; NaN likewise
 */
public record WeightMotion(
    double rotation,
    Spread filterRotation,
    Spread filterNorm,
    double gradientRadialShare,
    double updateRadialShare,
    double squaredGradient,
    double equilibriumNorm,
    double equilibriumRotation,
    double equilibriumSteps,
    double equilibriumRoundRotation) {

  /**
   * Of the filters of a layer.
   *
   * @param median half of them have less
   * @param spread between the quarter with least and the quarter with most
   */
  public record Spread(double median, double spread) {
    static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      return new Spread(quantile(sorted, .5), quantile(sorted, .75) - quantile(sorted, .25));
    }

    private static double quantile(double[] sorted, double share) {
      double place = share * (sorted.length - 1);
      int below = (int) place;
      int above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
  }

  /** Sums over some weights w, their gradient g and their step d. */
  private static final class Sums {
    private double ww;
    private double gg;
    private double dd;
    private double gw;
    private double dw;

    void add(double w, double g, double d) {
      ww += w * w;
      gg += g * g;
      dd += d * d;
      gw += g * w;
      dw += d * w;
    }

    void add(Sums others) {
      ww += others.ww;
      gg += others.gg;
      dd += others.dd;
      gw += others.gw;
      dw += others.dw;
    }

    double rotation() {
      double along = dw / Math.sqrt(ww);
      double across = Math.sqrt(Math.max(0, dd - along * along));
      return Math.atan2(across, Math.sqrt(ww) + along);
    }
  }

  /**
   * The angle in radians between weights now and before, exact where it is small; NaN where either
   * has no length.
   */
  public static double angle(float[] before, float[] now) {
    double first = norm(before);
    double second = norm(now);
    double apart = 0;
    double together = 0;
    for (int i = 0; i < now.length; i++) {
      double a = before[i] / first;
      double b = now[i] / second;
      apart += (a - b) * (a - b);
      together += (a + b) * (a + b);
    }
    return 2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together));
  }

  private static double norm(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  /**
   * The motion of a layer.
   *
   * @param weights filter by filter, each of equal length
   * @param gradient of the mean loss by the weights, without decay
   * @param velocity V before the step, which is not scaled by the learning rate
   * @param filters how many there are
   * @param invariant whether the loss does not depend on the length of any filter
   * @param step the optimizer at this layer
   * @param averaging between the workers whose average these weights are
   */
  public static WeightMotion of(
      float[] weights,
      float[] gradient,
      float[] velocity,
      int filters,
      boolean invariant,
      Equilibrium step,
      Averaging averaging) {
    if (weights.length == 0 || weights.length % filters != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid weights: %d (must be a multiple of the %d filters)",
              weights.length,
              filters));
    }
    double a = step.momentum();
    Sums layer = new Sums();
    double[] rotations = new double[filters];
    double[] norms = new double[filters];
    int length = weights.length / filters;
    for (int f = 0; f < filters; f++) {
      Sums filter = new Sums();
      for (int i = f * length; i < (f + 1) * length; i++) {
        double w = weights[i];
        double decayed = gradient[i] + step.weightDecay() * w;
        double v = a * velocity[i] + decayed;
        double d = -step.learningRate() * (step.nesterov() ? decayed + a * v : v);
        filter.add(w, gradient[i], d);
      }
      layer.add(filter);
      rotations[f] = filter.rotation();
      norms[f] = Math.sqrt(filter.ww);
    }
    return new WeightMotion(
        layer.rotation(),
        Spread.of(rotations),
        Spread.of(norms),
        layer.gw / Math.sqrt(layer.gg * layer.ww),
        layer.dw / Math.sqrt(layer.dd * layer.ww),
        layer.ww * layer.gg,
        invariant ? step.norm(layer.ww * layer.gg, averaging) : Double.NaN,
        invariant ? step.rotation() : Double.NaN,
        invariant ? step.steps() : Double.NaN,
        invariant ? step.rotation(averaging.frequency()) : Double.NaN);
  }
}
