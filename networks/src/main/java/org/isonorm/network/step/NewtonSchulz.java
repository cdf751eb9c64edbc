package org.isonorm.network.step;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The nearest matrix with orthonormal rows or columns, roughly: the polynomial of degree five of
 * Jordan 2024 (Muon), which takes singular values from far below 1 to near 1 in few iterations,
 *
 * <pre>X ← a X + (b A + c A²) X,   A = X Xᵀ,</pre>
 *
 * <p>from the matrix over its Frobenius norm. Products of matrices alone.
 */
final class NewtonSchulz {
  private static final double A = 3.4445;
  private static final double B = -4.775;
  private static final double C = 2.0315;

  /** Added to the norm, so that a gradient of zeros stays one. */
  private static final double LEAST_NORM = 1e-7;

  private NewtonSchulz() {}

  /**
   * The matrix whose singular values are near 1, in new memory.
   *
   * @param matrix [rows, columns]; not modified
   * @param iterations >= 0
   */
  static INDArray orthogonalized(INDArray matrix, int iterations) {
    boolean tall = matrix.rows() > matrix.columns();
    INDArray x = (tall ? matrix.transpose() : matrix).dup('c');
    x.divi(x.norm2Number().doubleValue() + LEAST_NORM);
    for (int i = 0; i < iterations; i++) {
      try (INDArray a = product(x, x, true);
          INDArray square = product(a, a, false)) {
        a.muli(B).addi(square.muli(C));
        try (INDArray moved = product(a, x, false)) {
          x.muli(A).addi(moved);
        }
      }
    }
    if (!tall) {
      return x;
    }
    INDArray result = x.transpose().dup('c');
    x.close();
    return result;
  }

  private static INDArray product(INDArray left, INDArray right, boolean transposed) {
    long columns = transposed ? right.rows() : right.columns();
    INDArray result =
        Nd4j.createUninitialized(left.dataType(), new long[] {left.rows(), columns}, 'f');
    return Nd4j.gemm(left, right, result, false, transposed, 1, 0);
  }
}
