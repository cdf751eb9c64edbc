package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Arrays as layers hand them to kernels: views into a longer vector, at an offset that is no
 * multiple of any vector register, with guards on both sides that show a write outside.
 */
public final class Guarded {

  private static final int BEFORE = 3;
  private static final int AFTER = 5;

  /** A number that bfloat16 has too. */
  private static final float GUARD = -77.5f;

  private final INDArray whole;
  private final INDArray view;

  private Guarded(DataType type, long... shape) {
    long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    whole = Nd4j.valueArrayOf(new long[] {BEFORE + length + AFTER}, GUARD, type);
    view = whole.get(NDArrayIndex.interval(BEFORE, BEFORE + length)).reshape('c', shape);
  }

  /** Standard normal values. */
  public static Guarded normal(RandomGenerator random, long... shape) {
    return normal(random, DataType.FLOAT, shape);
  }

  /** Standard normal values, rounded to what the type has. */
  public static Guarded normal(RandomGenerator random, DataType type, long... shape) {
    Guarded result = new Guarded(type, shape);
    float[] values = new float[(int) result.view.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    result.view.assign(Nd4j.createFromArray(values).castTo(type).reshape('c', shape));
    return result;
  }

  /** Values no kernel may leave behind. */
  public static Guarded unset(long... shape) {
    return unset(DataType.FLOAT, shape);
  }

  /** Values no kernel may leave behind. */
  public static Guarded unset(DataType type, long... shape) {
    Guarded result = new Guarded(type, shape);
    result.view.assign(Float.NaN);
    return result;
  }

  public INDArray array() {
    return view;
  }

  public float[] values() {
    float[] all = whole.castTo(DataType.FLOAT).toFloatVector();
    for (int i = 0; i < BEFORE; i++) {
      assertThat(all[i]).as("guard before").isEqualTo(GUARD);
    }
    for (int i = all.length - AFTER; i < all.length; i++) {
      assertThat(all[i]).as("guard after").isEqualTo(GUARD);
    }
    return Arrays.copyOfRange(all, BEFORE, all.length - AFTER);
  }

  /** Asserts that both hold the same values, up to a share of the largest. */
  public void assertCloseTo(Guarded expected, double tolerance, String what) {
    assertClose(values(), expected.values(), tolerance, what);
  }

  public static void assertClose(float[] actual, float[] expected, double tolerance, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs((double) actual[i] - expected[i]);
      if (!(error <= tolerance * Math.max(largest, 1))) {
        throw new AssertionError(
            "%s: element %s is %s, expected %s (largest %s)"
                .formatted(what, i, actual[i], expected[i], largest));
      }
    }
  }
}
