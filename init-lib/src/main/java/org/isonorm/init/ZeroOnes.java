package org.isonorm.init;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * ZerO: kernels without any randomness that are 0 but for their centre tap (Zhao, Schäfer and
 * Anandkumar 2022, algorithm 1). The tap is the identity if Cout = Cin, the first Cout rows of it
 * if {@code Cout < Cin}, and if {@code Cout > Cin} the first Cin columns and Cout rows of c·H, the
 * Hadamard matrix of size 2^r with r = ⌈log₂ Cout⌉ and c = 2^(-(r-1)/2), which breaks the symmetry
 * of channels that an identity would leave. Group by group if there are several.
 */
public record ZeroOnes() implements WeightSampler {
  @Override
  public String name() {
    return "zero-ones";
  }

  /** Of the weights as they are; there is no chance in them. */
  @Override
  public double variance(WeightShape shape) {
    double sum = 0;
    int out = shape.out() / shape.groups();
    int in = shape.in() / shape.groups();
    for (int row = 0; row < out; row++) {
      for (int column = 0; column < in; column++) {
        sum += tap(row, column, out, in);
      }
    }
    double mean = sum * shape.groups() / shape.size();
    return power(shape) - mean * mean;
  }

  @Override
  public double power(WeightShape shape) {
    int out = shape.out() / shape.groups();
    int in = shape.in() / shape.groups();
    double squares = out > in ? square(hadamardScale(out)) * out * in : Math.min(out, in);
    return squares * shape.groups() / shape.size();
  }

  @Override
  public void fill(float[] weights, WeightShape shape, RandomGenerator generator) {
    int out = shape.out() / shape.groups();
    int in = shape.in() / shape.groups();
    Arrays.fill(weights, 0);
    for (int row = 0; row < shape.out(); row++) {
      for (int column = 0; column < in; column++) {
        weights[shape.centre(row, column)] = (float) tap(row % out, column, out, in);
      }
    }
  }

  private static double tap(int row, int column, int out, int in) {
    if (out > in) {
      // Sylvester's Hadamard matrix has a -1 wherever the indices share an odd number of bits.
      int sign = 1 - 2 * (Integer.bitCount(row & column) % 2);
      return sign * hadamardScale(out);
    }
    return row == column ? 1 : 0;
  }

  private static double hadamardScale(int out) {
    int r = Integer.SIZE - Integer.numberOfLeadingZeros(out - 1);
    return Math.pow(2, -(r - 1) / 2.);
  }

  private static double square(double x) {
    return x * x;
  }
}
