package org.isonorm.init;

import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Kernels that are 0 but for their centre tap, which is gain × a random matrix of Cout × Cin with
 * orthonormal columns: the convolution keeps the norm of every image, times the gain (Xiao et al.
 * 2018, algorithm 1). Group by group if there are several. The centre of an even kernel is the tap
 * before its middle.
 *
 * @param gain norm of every column
 */
public record DeltaOrthogonal(double gain) implements WeightSampler {
  public DeltaOrthogonal {
    Checks.positiveAndFinite("gain", gain);
  }

  @Override
  public String name() {
    return "delta-orthogonal";
  }

  /** gain² / (Cout/G · k²). */
  @Override
  public double variance(WeightShape shape) {
    return gain * gain * shape.groups() / shape.fan().out();
  }

  @Override
  public double power(WeightShape shape) {
    return variance(shape);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a group has more input than output channels
   */
  @Override
  public void fill(float[] weights, WeightShape shape, RandomGenerator generator) {
    int out = shape.out() / shape.groups();
    int in = shape.in() / shape.groups();
    checkShape("delta-orthogonal weights", shape);
    Arrays.fill(weights, 0);
    for (int group = 0; group < shape.groups(); group++) {
      double[][] columns = OrthonormalVectors.sample(in, out, generator);
      for (int row = 0; row < out; row++) {
        for (int column = 0; column < in; column++) {
          weights[shape.centre(group * out + row, column)] = (float) (gain * columns[column][row]);
        }
      }
    }
  }

  /** Fails unless there is such a start for that shape. */
  static void checkShape(String what, WeightShape shape) {
    if (shape.in() > shape.out()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid shape for %s: %d input and %d output channels (must have at least as many outputs as inputs; orthogonal takes any shape)",
              what,
              shape.in(),
              shape.out()));
    }
  }
}
