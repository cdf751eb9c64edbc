package org.isonorm.init;

import java.util.Arrays;
import java.util.Locale;

/**
 * The Hessian of the loss times a vector, by central differences of the gradient in double
 * precision.
 *
 * <p>Where ReLU or max pooling has kinks the loss is smooth piece by piece, and a difference is
 * exact if it stays within a piece, which a relative distance of 1e-8 and less nearly always does.
 * Whether it did is checked: the differences ahead and behind must be the same.
 */
final class HessianProduct {
  private static final double FARTHEST = 1e-8;
  private static final double NEAREST = 1e-11;

  /** Agreement asked of the two sides, relative to the product's norm. */
  private static final double AGREEMENT = 1e-4;

  /** A gradient's own rounding relative to its norm, with room for the length of its sums. */
  private static final double ROUNDING = 1e-14;

  private HessianProduct() {}

  /**
   * H v at the parameters.
   *
   * @throws ArithmeticException if at no distance both sides agree
   */
  static double[][] of(
      GradientOracle oracle, double[][] parameters, double[][] v, long... batches) {
    return difference(at -> oracle.evaluate(at, batches).gradient(), parameters, v);
  }

  /** A field of vectors over the parameters, a function to the last bit. */
  interface Field {
    double[][] at(double[][] parameters);
  }

  /**
   * The derivative of a field along a vector.
   *
   * @throws ArithmeticException if at no distance both sides agree
   */
  static double[][] difference(Field field, double[][] parameters, double[][] v) {
    double length = Tensors.norm(v);
    if (length == 0) {
      return v;
    }
    double[][] here = field.at(parameters);
    double size = Tensors.norm(here);
    for (double relative = FARTHEST; relative > .5 * NEAREST; relative /= 10) {
      double step = relative * Tensors.norm(parameters) / length;
      double[][] ahead = Tensors.plus(field.at(Tensors.plus(parameters, step, v)), -1, here);
      double[][] behind = Tensors.plus(here, -1, field.at(Tensors.plus(parameters, -step, v)));
      double[][] both = Tensors.plus(ahead, 1, behind);
      // In single precision neither side would be any different.
      boolean changed = Tensors.norm(both) > 0 || size == 0;
      double apart = Tensors.norm(Tensors.plus(ahead, -1, behind));
      if (changed && apart <= AGREEMENT * Tensors.norm(both) / 2 + ROUNDING * size) {
        double[] scale = new double[both.length];
        Arrays.fill(scale, 1 / (2 * step));
        return Tensors.scaled(both, scale);
      }
    }
    throw new ArithmeticException(
        String.format(
            Locale.ROOT,
            "Cannot differentiate the gradient: differences at relative distances from %s to %s do not settle (is the oracle double precision, and the same at every call?)",
            FARTHEST,
            NEAREST));
  }
}
