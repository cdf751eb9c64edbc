package org.isonorm.init;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations (Golub and Van Loan
 * 2013, algorithm 8.5.3), for matrices of some dozens of rows.
 *
 * @param values eigenvalues, the largest first
 * @param vectors vectors[i] belongs to values[i]: norm 1, its component of the largest magnitude
 *     positive
 */
record SymmetricEigen(double[] values, double[][] vectors) {
  /** Sweeps converge quadratically: ten are plenty. */
  private static final int MOST_SWEEPS = 60;

  /** Off-diagonal elements below this share of the matrix's norm are the roundings of a double. */
  private static final double ROUNDING = 1e-15;

  static SymmetricEigen of(double[][] matrix) {
    int n = matrix.length;
    double[][] a = new double[n][];
    double[][] columns = new double[n][n];
    for (int i = 0; i < n; i++) {
      a[i] = matrix[i].clone();
      columns[i][i] = 1;
    }
    double least = ROUNDING * Tensors.norm(a);
    for (int sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a) > least; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(a, columns, p, q);
        }
      }
    }
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -a[i][i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] values = new double[n];
    double[][] vectors = new double[n][n];
    for (int i = 0; i < n; i++) {
      values[i] = a[order[i]][order[i]];
      for (int j = 0; j < n; j++) {
        vectors[i][j] = columns[j][order[i]];
      }
      orient(vectors[i]);
    }
    return new SymmetricEigen(values, vectors);
  }

  /** Makes a[p][q] zero. */
  private static void rotate(double[][] a, double[][] columns, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, tau) / (Math.abs(tau) + Math.hypot(1, tau));
    double cosine = 1 / Math.hypot(1, t);
    double sine = t * cosine;
    for (int i = 0; i < a.length; i++) {
      rotate(a[i], p, q, cosine, sine);
      rotate(columns[i], p, q, cosine, sine);
    }
    for (int i = 0; i < a.length; i++) {
      double x = a[p][i];
      double y = a[q][i];
      a[p][i] = cosine * x - sine * y;
      a[q][i] = sine * x + cosine * y;
    }
  }

  private static void rotate(double[] row, int p, int q, double cosine, double sine) {
    double x = row[p];
    double y = row[q];
    row[p] = cosine * x - sine * y;
    row[q] = sine * x + cosine * y;
  }

  private static double offDiagonal(double[][] a) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < i; j++) {
        squares += 2 * a[i][j] * a[i][j];
      }
    }
    return Math.sqrt(squares);
  }

  private static void orient(double[] vector) {
    double largest = 0;
    for (double component : vector) {
      if (Math.abs(component) > Math.abs(largest)) {
        largest = component;
      }
    }
    if (largest < 0) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = -vector[i];
      }
    }
  }
}
