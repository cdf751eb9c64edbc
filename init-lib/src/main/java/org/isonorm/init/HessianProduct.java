package org.isonorm.init;

/**
 * The Hessian of the loss times a vector, by central differences of the gradient in double
 * precision.
 *
 * <p>Where ReLU or max pooling has kinks the loss is smooth piece by piece, and a difference is
 * exact if it stays within a piece, which a relative distance of 1e-8 and less nearly always does.
 * Whether it did is checked: half the distance must give the same.
 */
final class HessianProduct {
  private static final double FARTHEST = 1e-8;
  private static final double NEAREST = 1e-11;

  /** Agreement asked of two distances, relative to the product's norm. */
  private static final double AGREEMENT = 1e-4;

  /** A gradient's own rounding relative to its norm, with room for the length of its sums. */
  private static final double ROUNDING = 1e-14;

  private HessianProduct() {}

  /**
   * H v at the parameters.
   *
   * @param gradient the gradient there
   * @throws ArithmeticException if no distance agrees with its half
   */
  static double[][] of(
      GradientOracle oracle,
      double[][] parameters,
      double[][] gradient,
      double[][] v,
      long... batches) {
    return difference(
        at -> oracle.evaluate(at, batches).gradient(), parameters, Tensors.norm(gradient), v);
  }

  /** A field of vectors over the parameters, a function to the last bit. */
  interface Field {
    double[][] at(double[][] parameters);
  }

  /**
   * The derivative of a field along a vector.
   *
   * @param size norm of the field at the parameters
   * @throws ArithmeticException if no distance agrees with its half
   */
  static double[][] difference(Field field, double[][] parameters, double size, double[][] v) {
    double length = Tensors.norm(v);
    if (length == 0) {
      return v;
    }
    for (double relative = FARTHEST; relative > .5 * NEAREST; relative /= 10) {
      double step = relative * Tensors.norm(parameters) / length;
      double[][] far = apart(field, parameters, v, step);
      double[][] near = apart(field, parameters, v, .5 * step);
      // In single precision neither distance would change anything.
      boolean changed = Tensors.norm(near) > 0 || size == 0;
      double apart = Tensors.norm(Tensors.plus(far, -1, near));
      double noise = ROUNDING * size / step;
      if (changed && apart <= AGREEMENT * Tensors.norm(near) + noise) {
        return near;
      }
    }
    throw new ArithmeticException(
        "Cannot differentiate the gradient: differences at relative distances from %s to %s do not settle (is the oracle double precision, and the same at every call?)"
            .formatted(FARTHEST, NEAREST));
  }

  private static double[][] apart(Field field, double[][] parameters, double[][] v, double step) {
    double[][] ahead = field.at(Tensors.plus(parameters, step, v));
    double[][] behind = field.at(Tensors.plus(parameters, -step, v));
    double[][] difference = Tensors.plus(ahead, -1, behind);
    double[] scale = Tensors.ones(difference.length);
    for (int i = 0; i < scale.length; i++) {
      scale[i] = 1 / (2 * step);
    }
    return Tensors.scaled(difference, scale);
  }
}
