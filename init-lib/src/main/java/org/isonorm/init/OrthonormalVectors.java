package org.isonorm.init;

import java.util.random.RandomGenerator;

/** Random orthonormal vectors, uniform over all such sets (Haar measure). */
final class OrthonormalVectors {
  /**
   * A vector that a pass shortens by more has lost digits that matter; a second pass brings them
   * back, and a third is never needed (Kahan, in Parlett 1980, §6-9).
   */
  private static final double SHORTENED = .5;

  private OrthonormalVectors() {}

  /**
   * The Q of the QR factorization of a Gaussian matrix whose columns are drawn one after the other,
   * with the signs that make the diagonal of R positive: what Gram and Schmidt's method yields.
   *
   * @param count vectors, at most {@code length}
   * @param length components of each
   */
  static double[][] sample(int count, int length, RandomGenerator generator) {
    double[][] vectors = new double[count][length];
    for (int i = 0; i < count; i++) {
      double[] vector = vectors[i];
      for (int j = 0; j < length; j++) {
        vector[j] = generator.nextGaussian();
      }
      double before = norm(vector);
      double after = removeComponents(vector, vectors, i);
      if (after < SHORTENED * before) {
        after = removeComponents(vector, vectors, i);
      }
      for (int j = 0; j < length; j++) {
        vector[j] /= after;
      }
    }
    return vectors;
  }

  /** Makes the vector orthogonal to the first ones; returns the norm that is left. */
  private static double removeComponents(double[] vector, double[][] vectors, int first) {
    for (int i = 0; i < first; i++) {
      double[] unit = vectors[i];
      double component = dot(unit, vector);
      for (int j = 0; j < vector.length; j++) {
        vector[j] -= component * unit[j];
      }
    }
    return norm(vector);
  }

  private static double norm(double[] vector) {
    return Math.sqrt(dot(vector, vector));
  }

  /** Four sums side by side, since one alone waits for each addition. */
  private static double dot(double[] a, double[] b) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int i = 0;
    for (; i + 3 < a.length; i += 4) {
      sum0 += a[i] * b[i];
      sum1 += a[i + 1] * b[i + 1];
      sum2 += a[i + 2] * b[i + 2];
      sum3 += a[i + 3] * b[i + 3];
    }
    for (; i < a.length; i++) {
      sum0 += a[i] * b[i];
    }
    return sum0 + sum1 + (sum2 + sum3);
  }
}
