package org.isonorm.init;

import java.util.random.RandomGenerator;

/**
 * gain × a random matrix with orthonormal rows, or orthonormal columns if it is taller than wide,
 * where the kernels of a group are the rows of a matrix of Cout/G × Cin/G·k² (Saxe, McClelland and
 * Ganguli 2014): the Q of a Gaussian matrix's QR factorization with a positive diagonal of R.
 *
 * @param gain norm of every row (column)
 */
public record Orthogonal(double gain) implements WeightSampler {
  public Orthogonal {
    Checks.positiveAndFinite("gain", gain);
  }

  @Override
  public String name() {
    return "orthogonal";
  }

  /** gain² / max(Cout/G, Cin/G·k²). */
  @Override
  public double variance(WeightShape shape) {
    return gain * gain / Math.max(shape.out() / shape.groups(), shape.fan().in());
  }

  @Override
  public double power(WeightShape shape) {
    return variance(shape);
  }

  @Override
  public void fill(float[] weights, WeightShape shape, RandomGenerator generator) {
    int rows = shape.out() / shape.groups();
    int columns = Math.toIntExact(shape.fan().in());
    for (int group = 0; group < shape.groups(); group++) {
      int start = group * rows * columns;
      double[][] vectors =
          OrthonormalVectors.sample(Math.min(rows, columns), Math.max(rows, columns), generator);
      for (int i = 0; i < vectors.length; i++) {
        for (int j = 0; j < vectors[i].length; j++) {
          int row = rows > columns ? j : i;
          int column = rows > columns ? i : j;
          weights[start + row * columns + column] = (float) (gain * vectors[i][j]);
        }
      }
    }
  }
}
