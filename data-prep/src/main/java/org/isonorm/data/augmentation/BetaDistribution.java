package org.isonorm.data.augmentation;

import java.util.random.RandomGenerator;

/** The symmetric beta distribution Beta(α, α) on [0, 1], from which mixing draws its λ. */
final class BetaDistribution {
  private BetaDistribution() {}

  /** Draws X/(X + Y) of two gamma variates of shape α. */
  static double sample(double alpha, RandomGenerator random) {
    double x = gamma(alpha, random);
    double y = gamma(alpha, random);
    // Both underflow only for a tiny α, for which Beta(α, α) is nearly a coin.
    return x + y > 0 ? x / (x + y) : random.nextInt(2);
  }

  /**
   * Draws a gamma variate of that shape and scale 1 (Marsaglia and Tsang 2000, with their boost for
   * shapes below 1).
   */
  private static double gamma(double shape, RandomGenerator random) {
    if (shape < 1) {
      return gamma(shape + 1, random) * StrictMath.pow(random.nextDouble(), 1 / shape);
    }
    double d = shape - 1 / 3.0;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double x = random.nextGaussian();
      double root = 1 + c * x;
      double v = root * root * root;
      if (v > 0
          && StrictMath.log(1 - random.nextDouble())
              < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
        return d * v;
      }
    }
  }
}
