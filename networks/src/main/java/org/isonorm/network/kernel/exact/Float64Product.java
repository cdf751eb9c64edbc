package org.isonorm.network.kernel.exact;

import org.isonorm.network.kernel.VectorModule;

/**
 * Products of matrices of float64 on the heap, on the calling thread: c += a b, where b and c are
 * in C order and as wide as {@link #padded} makes them.
 */
interface Float64Product {
  /** Columns come in as many at a time. */
  int LANES = 8;

  /** The factor a: the element of a row and a column is {@code values[from + i·row + k·column]}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Factor(double[] values, int from, int row, int column) {}

  /**
   * Adds a product.
   *
   * @param bFrom first element of b
   * @param rows of a and c
   * @param depth columns of a, rows of b
   * @param columns of b and c, a multiple of {@link #LANES}
   */
  void add(Factor a, double[] b, int bFrom, double[] c, int rows, int depth, int columns);

  /** By vector instructions where this process has them. */
  static Float64Product fastest() {
    return VectorModule.isThere() ? new VectorProduct() : new PlainProduct();
  }

  /** The least number of columns that is a multiple of {@link #LANES}. */
  static int padded(int columns) {
    return (columns + LANES - 1) / LANES * LANES;
  }

  /** Loops. */
  final class PlainProduct implements Float64Product {
    @Override
    public void add(Factor a, double[] b, int bFrom, double[] c, int rows, int depth, int columns) {
      for (int i = 0; i < rows; i++) {
        for (int k = 0; k < depth; k++) {
          double factor = a.values[a.from + i * a.row + k * a.column];
          for (int j = 0; j < columns; j++) {
            c[i * columns + j] += factor * b[bFrom + k * columns + j];
          }
        }
      }
    }
  }
}
