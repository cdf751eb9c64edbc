package org.isonorm.init;

/** Density and distribution function of N(0, 1). */
final class NormalCurve {
  /** Beyond it the distribution function is 0 or 1 in double precision, up to 1e-16. */
  private static final double FAR = 8.3;

  private NormalCurve() {}

  static double density(double x) {
    return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }

  /**
   * Φ(x) = 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + x⁷/(3·5·7) + …), summed until the terms no longer
   * count (Marsaglia 2004, "Evaluating the Normal Distribution"). The error is absolute, a few
   * 1e-16, so a far left tail is not precise relative to itself.
   */
  static double cumulative(double x) {
    if (Math.abs(x) > FAR) {
      return x < 0 ? 0 : 1;
    }
    double sum = x;
    double previous = 0;
    double term = x;
    for (int i = 3; sum != previous; i += 2) {
      previous = sum;
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * density(x);
  }
}
