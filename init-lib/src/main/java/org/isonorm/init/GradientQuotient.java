package org.isonorm.init;

import java.util.Arrays;

/**
 * MetaInit's gradient quotient at a point, GQ = mean |p + ε s| / (|g| + ε) over all N parameters,
 * where g is the gradient, p = H g and s = sign(g), 1 where g = 0: how much a gradient changes,
 * relative to itself, over a step along itself (Dauphin and Schoenholz 2019, eqn 1, and their
 * code).
 */
final class GradientQuotient {
  /** Relative change of a tensor over which GQ is differenced: its terms bend over ε of 1e-5. */
  private static final double STEP = 1e-5;

  private final GradientOracle oracle;
  private final double[][] parameters;
  private final double epsilon;
  private final long[] batches;
  private final double[][] gradient;
  private final double[][] product;
  private final double value;

  GradientQuotient(GradientOracle oracle, double[][] parameters, double epsilon, long... batches) {
    this.oracle = oracle;
    this.parameters = parameters;
    this.epsilon = epsilon;
    this.batches = batches;
    // In double precision: a small gradient is divided by itself.
    this.gradient = oracle.evaluate(parameters, batches).gradient();
    this.product = oracle.hessianProduct(parameters, gradient, batches);
    double sum = 0;
    for (int i = 0; i < gradient.length; i++) {
      for (int j = 0; j < gradient[i].length; j++) {
        sum += quotient(i, j);
      }
    }
    this.value = sum / count();
  }

  double value() {
    return value;
  }

  /**
   * dGQ/d log ‖W_i‖ of every tensor that is asked for.
   *
   * <p>With a = -s q/(|g| + ε), b = sign(p + ε s)/(|g| + ε) and q the terms of GQ, N dGQ/dθ = H (a
   * + H b) + T[g, b] with T the third derivative of the loss: how H b changes along g, which an
   * oracle with exact products with H lets us difference.
   *
   * <p>From an oracle without, GQ itself is differenced at W_i (1 ± 10⁻⁵); but under W_i ← c W_i a
   * loss that does not know the scale of W_i has g_i ∝ 1/c and p changing by -p_i - 2 H_{·i} g_i,
   * so that dGQ/d log c = -(Σ_i (a g + b p) + 2 ⟨(H b)_i, g_i⟩)/N: one more product with H serves
   * all such tensors. Where a scale counts with its shift, the sums are over both.
   */
  double[] logarithmicDerivatives(boolean[] wanted) {
    double[] derivatives = new double[wanted.length];
    double[][] b = signs();
    double[][] productOfB = oracle.hessianProduct(parameters, b, batches);
    boolean exact = oracle.hasExactHessianProduct();
    double[][] whole = exact ? derivative(b, productOfB) : null;
    for (int i = 0; i < wanted.length; i++) {
      if (!wanted[i]) {
        continue;
      }
      if (exact) {
        derivatives[i] = Tensors.dot(whole[i], parameters[i]);
        continue;
      }
      int together = Tensors.invariantTogether(oracle.tensors(), parameters, i);
      if (together == 0) {
        derivatives[i] = (valueAt(i, 1 + STEP) - valueAt(i, 1 - STEP)) / (2 * STEP);
        continue;
      }
      double sum = 0;
      for (int k = i; k < i + together; k++) {
        sum += 2 * Tensors.dot(productOfB[k], gradient[k]);
        for (int j = 0; j < gradient[k].length; j++) {
          sum += a(k, j) * gradient[k][j] + b[k][j] * product[k][j];
        }
      }
      derivatives[i] = -sum / count();
    }
    return derivatives;
  }

  /** dGQ/dθ. */
  private double[][] derivative(double[][] b, double[][] productOfB) {
    double[][] third =
        HessianProduct.difference(
            at -> oracle.exactHessianProduct(at, b, batches), parameters, gradient);
    double[][] v = new double[gradient.length][];
    for (int i = 0; i < v.length; i++) {
      v[i] = new double[gradient[i].length];
      for (int j = 0; j < v[i].length; j++) {
        v[i][j] = a(i, j) + productOfB[i][j];
      }
    }
    double[][] sum = Tensors.plus(oracle.hessianProduct(parameters, v, batches), 1, third);
    double[] scale = new double[sum.length];
    Arrays.fill(scale, 1. / count());
    return Tensors.scaled(sum, scale);
  }

  /** How a term of GQ changes with g. */
  private double a(int i, int j) {
    double g = gradient[i][j];
    return -sign(g) * quotient(i, j) / (Math.abs(g) + epsilon);
  }

  /** As in the authors' code: a gradient of 0 counts as one that is positive. */
  private static double sign(double gradient) {
    return gradient >= 0 ? 1 : -1;
  }

  private double valueAt(int tensor, double factor) {
    double[] factors = Tensors.ones(parameters.length);
    factors[tensor] = factor;
    return new GradientQuotient(oracle, Tensors.scaled(parameters, factors), epsilon, batches)
        .value();
  }

  private double quotient(int i, int j) {
    double g = gradient[i][j];
    return Math.abs(product[i][j] + epsilon * sign(g)) / (Math.abs(g) + epsilon);
  }

  private double[][] signs() {
    double[][] b = new double[gradient.length][];
    for (int i = 0; i < b.length; i++) {
      b[i] = new double[gradient[i].length];
      for (int j = 0; j < b[i].length; j++) {
        double g = gradient[i][j];
        b[i][j] = Math.signum(product[i][j] + epsilon * sign(g)) / (Math.abs(g) + epsilon);
      }
    }
    return b;
  }

  private long count() {
    long count = 0;
    for (double[] tensor : gradient) {
      count += tensor.length;
    }
    return count;
  }
}
