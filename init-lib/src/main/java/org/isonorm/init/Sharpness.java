package org.isonorm.init;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * The largest eigenvalue of the Hessian of the loss as steps feel it: of √D H √D, where D is what
 * each tensor's learning rate is multiplied by, so that what is not trained has no part in it. By
 * conjugate gradients on the Rayleigh quotient (Bradbury and Fletcher 1966), a product with the
 * Hessian a step: the Hessian of a start has negative eigenvalues of the same size, between which
 * power iteration does not settle.
 *
 * <p>Steps along its eigenvector grow at rates above {@link #stableRate}. A larger rate does not
 * diverge at once: networks then move to where the loss is less sharp, up to about twice that
 * (Lewkowycz et al. 2020, arXiv 2003.02218).
 *
 * @param value λ; a Rayleigh quotient, and so never above the largest eigenvalue
 * @param residual ‖Hv − λv‖ of the unit vector v: an eigenvalue lies within that distance of λ
 * @param invariantShare the share p of ‖v‖² in convolutions whose length does not matter. Their
 *     part of the Hessian is proportional to γ of the batch-normalization rule, so that λ goes as
 *     γ^p
 * @param products that were looked at
 */
public record Sharpness(double value, double residual, double invariantShare, int products) {
  /** Residual by value at which the iteration has settled: less than the rates to be told apart. */
  private static final double SETTLED = .02;

  /**
   * Iterates until the residual has settled.
   *
   * @param rateFactors D, a value a tensor
   * @param random draws the first direction
   * @param most products at most
   * @param batches numbers of the batches whose examples make up the loss
   * @throws ArithmeticException if a product is not finite
   */
  public static Sharpness of(
      GradientOracle oracle,
      double[][] parameters,
      double[] rateFactors,
      RandomGenerator random,
      int most,
      long... batches) {
    Checks.positive("products", most);
    List<ParameterTensor> tensors = oracle.tensors();
    Tensors.checkFit(tensors, parameters);
    double[] roots = Arrays.stream(rateFactors).map(Math::sqrt).toArray();
    double[][] v = direction(tensors, roots, random);
    double[][] hv = product(oracle, parameters, v, roots, batches);
    double[][] before = null;
    double[][] along = null;
    for (int products = 1; ; products++) {
      double value = dot(v, hv);
      double[][] rise = Tensors.plus(hv, -value, v);
      double residual = Tensors.norm(rise);
      if (!Double.isFinite(residual)) {
        throw new ArithmeticException(
            String.format(
                Locale.ROOT,
                "Cannot measure the sharpness: product %d with the Hessian is not finite (choose another start)",
                products));
      }
      if (products == most || residual <= SETTLED * Math.abs(value)) {
        return new Sharpness(value, residual, invariantShare(tensors, v), products);
      }
      double[][] d = rise;
      if (before != null) {
        double share = (dot(rise, rise) - dot(rise, before)) / dot(before, before);
        d = Tensors.plus(rise, Math.max(0, share), along);
      }
      d = Tensors.plus(d, -dot(d, v), v);
      double length = Tensors.norm(d);
      d = scaled(d, 1 / length);
      double[][] hd = product(oracle, parameters, d, roots, batches);
      // The best unit vector in the plane of v and d.
      double angle = Math.atan2(2 * dot(v, hd), value - dot(d, hd)) / 2;
      double cos = Math.cos(angle);
      double sin = Math.sin(angle);
      before = rise;
      // The direction of this step, seen from where it comes to.
      along = scaled(sum(-sin, v, cos, d), length);
      v = sum(cos, v, sin, d);
      hv = sum(cos, hv, sin, hd);
    }
  }

  private static double[][] product(
      GradientOracle oracle, double[][] parameters, double[][] v, double[] roots, long... batches) {
    return Tensors.scaled(
        oracle.hessianProduct(parameters, Tensors.scaled(v, roots), batches), roots);
  }

  private static double[][] sum(double a, double[][] x, double b, double[][] y) {
    return Tensors.plus(scaled(x, a), b, y);
  }

  /** A direction in what is trained. */
  private static double[][] direction(
      List<ParameterTensor> tensors, double[] roots, RandomGenerator random) {
    double[][] v = new double[tensors.size()][];
    for (int i = 0; i < v.length; i++) {
      v[i] = new double[tensors.get(i).size()];
      for (int j = 0; j < v[i].length; j++) {
        double drawn = random.nextGaussian();
        v[i][j] = roots[i] == 0 ? 0 : drawn;
      }
    }
    return unit(v);
  }

  private static double[][] unit(double[][] v) {
    return scaled(v, 1 / Tensors.norm(v));
  }

  private static double[][] scaled(double[][] v, double factor) {
    double[] scale = new double[v.length];
    Arrays.fill(scale, factor);
    return Tensors.scaled(v, scale);
  }

  private static double dot(double[][] a, double[][] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Tensors.dot(a[i], b[i]);
    }
    return sum;
  }

  private static double invariantShare(List<ParameterTensor> tensors, double[][] v) {
    double share = 0;
    for (int i = 0; i < v.length; i++) {
      ParameterTensor tensor = tensors.get(i);
      if (tensor.scaleInvariant() && tensor.kind() == ParameterTensor.Kind.CONVOLUTION) {
        share += Tensors.dot(v[i], v[i]);
      }
    }
    return share;
  }

  /**
   * The rate above which steps along the eigenvector grow: (2 + 2α)/λ with momentum α, (2 + 2α)/((1
   * + 2α) λ) with Nesterov's (Cohen et al. 2021, arXiv 2103.00065); infinite where the loss curves
   * nowhere upwards.
   */
  public double stableRate(double momentum, boolean nesterov) {
    double product = (2 + 2 * momentum) / (nesterov ? 1 + 2 * momentum : 1);
    return value > 0 ? product / value : Double.POSITIVE_INFINITY;
  }

  /**
   * The same where every rate has a start of its own, with γ = γ_0 √(η_0/η) as in {@link
   * Equilibrium}: the rate that solves η λ (γ/γ_0)^p = η_s λ.
   *
   * @param stableRate η_s, of the start that was measured
   * @param measuredAt η_0, the rate whose γ_0 that start has
   */
  public double stableRateInEquilibrium(double stableRate, double measuredAt) {
    double exponent = invariantShare / 2;
    return Math.pow(stableRate / Math.pow(measuredAt, exponent), 1 / (1 - exponent));
  }
}
