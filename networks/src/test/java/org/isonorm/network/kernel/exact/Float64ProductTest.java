package org.isonorm.network.kernel.exact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.isonorm.network.kernel.exact.Float64Product.Factor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Float64ProductTest {
  /** A sum of 50 products, fused or not. */
  private static final double ROUNDING = 1e-13;

  private final SplittableRandom random = new SplittableRandom(5);

  /** Rows by sixes and alone; the first factor as it is and transposed. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 8, false",
    "7, 5, 16, true",
    "8, 50, 24, false",
    "19, 3, 8, true",
    "14, 9, 40, true"
  })
  void bothWaysAddTheProduct(int rows, int depth, int columns, boolean transposed) {
    int from = 3;
    Factor a =
        new Factor(
            values(from + rows * depth), from, transposed ? 1 : depth, transposed ? rows : 1);
    int bFrom = 2 * columns;
    double[] b = values(bFrom + depth * columns);
    double[] start = values(rows * columns);
    for (Float64Product product :
        new Float64Product[] {Float64Product.fastest(), new Float64Product.PlainProduct()}) {
      double[] c = start.clone();
      product.add(a, b, bFrom, c, rows, depth, columns);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          double expected = start[i * columns + j];
          for (int k = 0; k < depth; k++) {
            expected +=
                a.values()[from + i * a.row() + k * a.column()] * b[bFrom + k * columns + j];
          }
          assertThat(c[i * columns + j] - expected).isBetween(-ROUNDING, ROUNDING);
        }
      }
    }
  }

  private double[] values(int count) {
    return random.doubles(count, -1, 1).toArray();
  }
}
