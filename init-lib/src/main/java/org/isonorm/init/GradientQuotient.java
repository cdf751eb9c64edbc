package org.isonorm.init;

/**
 * MetaInit's gradient quotient at a point, GQ = mean |p + ε s| / (|g| + ε) over all N parameters,
 * where g is the gradient, p = H g and s = sign(g): how much a gradient changes, relative to
 * itself, over a step along itself (Dauphin and Schoenholz 2019, eqn 1).
 */
final class GradientQuotient {
  /** Relative change of a tensor over which GQ is differenced. */
  private static final double STEP = 1e-4;

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
    this.gradient = oracle.evaluate(parameters, batches).gradient();
    this.product = HessianProduct.of(oracle, parameters, gradient, gradient, batches);
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
   * <p>Under W_i ← c W_i a loss that does not know the scale of W_i has g_i ∝ 1/c and p changing by
   * -p_i - 2 H_{·i} g_i, so that with a = -s q/(|g| + ε), b = sign(p + ε s)/(|g| + ε) and q the
   * terms of GQ, dGQ/d log c = -(Σ_i (a g + b p) + 2 ⟨(H b)_i, g_i⟩)/N: one more product with H
   * serves all such tensors. For the others GQ itself is differenced at W_i (1 ± 10⁻⁴).
   */
  double[] logarithmicDerivatives(boolean[] wanted) {
    double[] derivatives = new double[wanted.length];
    double[][] b = null;
    double[][] productOfB = null;
    for (int i = 0; i < wanted.length; i++) {
      if (!wanted[i]) {
        continue;
      }
      if (oracle.tensors().get(i).scaleInvariant()) {
        if (b == null) {
          b = signs();
          productOfB = HessianProduct.of(oracle, parameters, gradient, b, batches);
        }
        double sum = 2 * Tensors.dot(productOfB[i], gradient[i]);
        for (int j = 0; j < gradient[i].length; j++) {
          double g = gradient[i][j];
          double a = -Math.signum(g) * quotient(i, j) / (Math.abs(g) + epsilon);
          sum += a * g + b[i][j] * product[i][j];
        }
        derivatives[i] = -sum / count();
      } else {
        derivatives[i] = (valueAt(i, 1 + STEP) - valueAt(i, 1 - STEP)) / (2 * STEP);
      }
    }
    return derivatives;
  }

  private double valueAt(int tensor, double factor) {
    double[] factors = Tensors.ones(parameters.length);
    factors[tensor] = factor;
    return new GradientQuotient(oracle, Tensors.scaled(parameters, factors), epsilon, batches)
        .value();
  }

  private double quotient(int i, int j) {
    double g = gradient[i][j];
    return Math.abs(product[i][j] + epsilon * Math.signum(g)) / (Math.abs(g) + epsilon);
  }

  private double[][] signs() {
    double[][] b = new double[gradient.length][];
    for (int i = 0; i < b.length; i++) {
      b[i] = new double[gradient[i].length];
      for (int j = 0; j < b[i].length; j++) {
        double g = gradient[i][j];
        b[i][j] = Math.signum(product[i][j] + epsilon * Math.signum(g)) / (Math.abs(g) + epsilon);
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
