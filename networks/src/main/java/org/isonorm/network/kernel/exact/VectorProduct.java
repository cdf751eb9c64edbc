package org.isonorm.network.kernel.exact;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import org.isonorm.network.kernel.VectorModule;

/**
 * Products by Java's vector instructions, eight rows of a vector each at a time, whose sums stay in
 * registers.
 *
 * <p>Needs the module jdk.incubator.vector: see {@link VectorModule}.
 */
final class VectorProduct implements Float64Product {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int ROWS = 8;

  @Override
  public void add(Factor a, double[] b, int bFrom, double[] c, int rows, int depth, int columns) {
    int whole = rows - rows % ROWS;
    for (int i = 0; i < rows; i += i < whole ? ROWS : 1) {
      for (int j = 0; j < columns; j += SPECIES.length()) {
        if (i < whole) {
          addRows(a, i, b, bFrom + j, c, i * columns + j, depth, columns);
        } else {
          addRow(a, i, b, bFrom + j, c, i * columns + j, depth, columns);
        }
      }
    }
  }

  private static void addRow(
      Factor a, int i, double[] b, int bFrom, double[] c, int to, int depth, int columns) {
    double[] values = a.values();
    DoubleVector sum = DoubleVector.fromArray(SPECIES, c, to);
    int p = a.from() + i * a.row();
    int q = bFrom;
    for (int k = 0; k < depth; k++, p += a.column(), q += columns) {
      sum = DoubleVector.fromArray(SPECIES, b, q).fma(broadcast(values[p]), sum);
    }
    sum.intoArray(c, to);
  }

  private static void addRows(
      Factor a, int i, double[] b, int bFrom, double[] c, int to, int depth, int columns) {
    double[] values = a.values();
    int row = a.row();
    int step = a.column();
    DoubleVector sum0 = DoubleVector.fromArray(SPECIES, c, to);
    DoubleVector sum1 = DoubleVector.fromArray(SPECIES, c, to + columns);
    DoubleVector sum2 = DoubleVector.fromArray(SPECIES, c, to + 2 * columns);
    DoubleVector sum3 = DoubleVector.fromArray(SPECIES, c, to + 3 * columns);
    DoubleVector sum4 = DoubleVector.fromArray(SPECIES, c, to + 4 * columns);
    DoubleVector sum5 = DoubleVector.fromArray(SPECIES, c, to + 5 * columns);
    DoubleVector sum6 = DoubleVector.fromArray(SPECIES, c, to + 6 * columns);
    DoubleVector sum7 = DoubleVector.fromArray(SPECIES, c, to + 7 * columns);
    int p = a.from() + i * row;
    int q = bFrom;
    for (int k = 0; k < depth; k++, p += step, q += columns) {
      DoubleVector v = DoubleVector.fromArray(SPECIES, b, q);
      sum0 = v.fma(broadcast(values[p]), sum0);
      sum1 = v.fma(broadcast(values[p + row]), sum1);
      sum2 = v.fma(broadcast(values[p + 2 * row]), sum2);
      sum3 = v.fma(broadcast(values[p + 3 * row]), sum3);
      sum4 = v.fma(broadcast(values[p + 4 * row]), sum4);
      sum5 = v.fma(broadcast(values[p + 5 * row]), sum5);
      sum6 = v.fma(broadcast(values[p + 6 * row]), sum6);
      sum7 = v.fma(broadcast(values[p + 7 * row]), sum7);
    }
    sum0.intoArray(c, to);
    sum1.intoArray(c, to + columns);
    sum2.intoArray(c, to + 2 * columns);
    sum3.intoArray(c, to + 3 * columns);
    sum4.intoArray(c, to + 4 * columns);
    sum5.intoArray(c, to + 5 * columns);
    sum6.intoArray(c, to + 6 * columns);
    sum7.intoArray(c, to + 7 * columns);
  }

  private static DoubleVector broadcast(double value) {
    return DoubleVector.broadcast(SPECIES, value);
  }
}
