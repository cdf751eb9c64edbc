package org.isonorm.network.kernel.exact;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import org.isonorm.network.kernel.VectorModule;

/**
 * Products by Java's vector instructions, six rows of two vectors at a time, whose sums stay in
 * registers: with the two vectors of b and one element of a they fill the registers of AVX2.
 *
 * <p>Needs the module jdk.incubator.vector: see {@link VectorModule}.
 */
final class VectorProduct implements Float64Product {
  /** Of half the columns that always come together, or shorter. */
  private static final VectorSpecies<Double> SPECIES =
      DoubleVector.SPECIES_PREFERRED.length() > LANES / 2
          ? DoubleVector.SPECIES_256
          : DoubleVector.SPECIES_PREFERRED;

  private static final int WIDTH = SPECIES.length();
  private static final int ROWS = 6;

  @Override
  public void add(Factor a, double[] b, int bFrom, double[] c, int rows, int depth, int columns) {
    int whole = rows - rows % ROWS;
    for (int i = 0; i < rows; i += i < whole ? ROWS : 1) {
      for (int j = 0; j < columns; j += 2 * WIDTH) {
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
    DoubleVector sumA = DoubleVector.fromArray(SPECIES, c, to);
    DoubleVector sumB = DoubleVector.fromArray(SPECIES, c, to + WIDTH);
    int p = a.from() + i * a.row();
    int q = bFrom;
    for (int k = 0; k < depth; k++, p += a.column(), q += columns) {
      DoubleVector value = broadcast(values[p]);
      sumA = DoubleVector.fromArray(SPECIES, b, q).fma(value, sumA);
      sumB = DoubleVector.fromArray(SPECIES, b, q + WIDTH).fma(value, sumB);
    }
    sumA.intoArray(c, to);
    sumB.intoArray(c, to + WIDTH);
  }

  private static void addRows(
      Factor a, int i, double[] b, int bFrom, double[] c, int to, int depth, int columns) {
    double[] values = a.values();
    int row = a.row();
    int step = a.column();
    DoubleVector sum0a = DoubleVector.fromArray(SPECIES, c, to);
    DoubleVector sum0b = DoubleVector.fromArray(SPECIES, c, to + WIDTH);
    DoubleVector sum1a = DoubleVector.fromArray(SPECIES, c, to + columns);
    DoubleVector sum1b = DoubleVector.fromArray(SPECIES, c, to + columns + WIDTH);
    DoubleVector sum2a = DoubleVector.fromArray(SPECIES, c, to + 2 * columns);
    DoubleVector sum2b = DoubleVector.fromArray(SPECIES, c, to + 2 * columns + WIDTH);
    DoubleVector sum3a = DoubleVector.fromArray(SPECIES, c, to + 3 * columns);
    DoubleVector sum3b = DoubleVector.fromArray(SPECIES, c, to + 3 * columns + WIDTH);
    DoubleVector sum4a = DoubleVector.fromArray(SPECIES, c, to + 4 * columns);
    DoubleVector sum4b = DoubleVector.fromArray(SPECIES, c, to + 4 * columns + WIDTH);
    DoubleVector sum5a = DoubleVector.fromArray(SPECIES, c, to + 5 * columns);
    DoubleVector sum5b = DoubleVector.fromArray(SPECIES, c, to + 5 * columns + WIDTH);
    int p = a.from() + i * row;
    int q = bFrom;
    for (int k = 0; k < depth; k++, p += step, q += columns) {
      DoubleVector left = DoubleVector.fromArray(SPECIES, b, q);
      DoubleVector right = DoubleVector.fromArray(SPECIES, b, q + WIDTH);
      DoubleVector value;
      value = broadcast(values[p]);
      sum0a = left.fma(value, sum0a);
      sum0b = right.fma(value, sum0b);
      value = broadcast(values[p + row]);
      sum1a = left.fma(value, sum1a);
      sum1b = right.fma(value, sum1b);
      value = broadcast(values[p + 2 * row]);
      sum2a = left.fma(value, sum2a);
      sum2b = right.fma(value, sum2b);
      value = broadcast(values[p + 3 * row]);
      sum3a = left.fma(value, sum3a);
      sum3b = right.fma(value, sum3b);
      value = broadcast(values[p + 4 * row]);
      sum4a = left.fma(value, sum4a);
      sum4b = right.fma(value, sum4b);
      value = broadcast(values[p + 5 * row]);
      sum5a = left.fma(value, sum5a);
      sum5b = right.fma(value, sum5b);
    }
    sum0a.intoArray(c, to);
    sum0b.intoArray(c, to + WIDTH);
    sum1a.intoArray(c, to + columns);
    sum1b.intoArray(c, to + columns + WIDTH);
    sum2a.intoArray(c, to + 2 * columns);
    sum2b.intoArray(c, to + 2 * columns + WIDTH);
    sum3a.intoArray(c, to + 3 * columns);
    sum3b.intoArray(c, to + 3 * columns + WIDTH);
    sum4a.intoArray(c, to + 4 * columns);
    sum4b.intoArray(c, to + 4 * columns + WIDTH);
    sum5a.intoArray(c, to + 5 * columns);
    sum5b.intoArray(c, to + 5 * columns + WIDTH);
  }

  private static DoubleVector broadcast(double value) {
    return DoubleVector.broadcast(SPECIES, value);
  }
}
