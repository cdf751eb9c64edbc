package org.isonorm.init;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.TunedScales.TensorScale;

/** Arithmetic on parameters that are held tensor by tensor. */
final class Tensors {
  private Tensors() {}

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  static double norm(double[] values) {
    return Math.sqrt(dot(values, values));
  }

  static double norm(double[][] values) {
    double sum = 0;
    for (double[] tensor : values) {
      sum += dot(tensor, tensor);
    }
    return Math.sqrt(sum);
  }

  /** a + factor · b. */
  static double[][] plus(double[][] a, double factor, double[][] b) {
    double[][] sum = new double[a.length][];
    for (int i = 0; i < a.length; i++) {
      sum[i] = new double[a[i].length];
      for (int j = 0; j < a[i].length; j++) {
        sum[i][j] = a[i][j] + factor * b[i][j];
      }
    }
    return sum;
  }

  /** Every tensor times its scale. */
  static double[][] scaled(double[][] start, double[] scales) {
    double[][] scaled = new double[start.length][];
    for (int i = 0; i < start.length; i++) {
      double scale = scales[i];
      scaled[i] = Arrays.stream(start[i]).map(value -> scale * value).toArray();
    }
    return scaled;
  }

  /**
   * How many tensors from that one on have to be multiplied together for the loss to stay the same:
   * a convolution alone, a scale of batch normalization with its shift, which is 0 and so stays 0.
   * None if the loss changes with the scale of the tensor.
   */
  static int invariantTogether(List<ParameterTensor> tensors, double[][] parameters, int tensor) {
    if (!tensors.get(tensor).scaleInvariant()) {
      return 0;
    }
    if (tensors.get(tensor).kind() != ParameterTensor.Kind.SCALE) {
      return 1;
    }
    return isZero(parameters[tensor + 1]) ? 2 : 0;
  }

  static boolean isZero(double[] values) {
    return Arrays.stream(values).allMatch(value -> value == 0);
  }

  static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  static List<TensorScale> named(List<ParameterTensor> tensors, double[] scales) {
    List<TensorScale> named = new ArrayList<>();
    for (int i = 0; i < scales.length; i++) {
      named.add(new TensorScale(tensors.get(i).name(), scales[i]));
    }
    return named;
  }

  /** Fails unless there is an array of the right length for each tensor. */
  static void checkFit(List<ParameterTensor> tensors, double[][] parameters) {
    if (tensors.size() != parameters.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid parameters: %d tensors (must be the oracle's %d)",
              parameters.length,
              tensors.size()));
    }
    for (int i = 0; i < parameters.length; i++) {
      if (tensors.get(i).size() != parameters[i].length) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid parameters of %s: %d values (must be %d)",
                tensors.get(i).name(),
                parameters[i].length,
                tensors.get(i).size()));
      }
    }
  }

  /** The value, if the network has not diverged. */
  static double checkFinite(String what, double value, int step) {
    if (!Double.isFinite(value)) {
      throw new ArithmeticException(
          String.format(
              Locale.ROOT,
              "Cannot tune the initialization: the %s is %s at step %d (choose a lower learning rate or another start)",
              what,
              value,
              step));
    }
    return value;
  }
}
