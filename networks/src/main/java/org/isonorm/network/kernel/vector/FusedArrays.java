package org.isonorm.network.kernel.vector;

import java.util.Arrays;

/**
 * A thread's arrays for {@link FusedWinogradConvolution}, which all convolutions of that thread use
 * in turn, so that they stay in its caches. They only grow.
 */
final class FusedArrays {
  /** Those of the threads that share work, kept by the one that asks for it. */
  private static final ThreadLocal<FusedArrays[]> SHARED =
      ThreadLocal.withInitial(() -> new FusedArrays[0]);

  private float[] rows = {};
  private float[] before = {};
  private float[] columns = {};
  private float[] inputs = {};
  private float[] outputs = {};
  private float[] sums = {};

  private FusedArrays() {}

  /** One for each of so many threads that work for this one. */
  static FusedArrays[] of(int threads) {
    FusedArrays[] shared = SHARED.get();
    if (shared.length < threads) {
      int had = shared.length;
      shared = Arrays.copyOf(shared, threads);
      for (int i = had; i < threads; i++) {
        shared[i] = new FusedArrays();
      }
      SHARED.set(shared);
    }
    return shared;
  }

  /** Rows of images. */
  float[] rows(int floats) {
    rows = grown(rows, floats);
    return rows;
  }

  /** Rows of outputs that are added to. */
  float[] before(int floats) {
    before = grown(before, floats);
    return before;
  }

  /** Columns between images and tiles. */
  float[] columns(int floats) {
    columns = grown(columns, floats);
    return columns;
  }

  /** Mapped inputs. */
  float[] inputs(int floats) {
    inputs = grown(inputs, floats);
    return inputs;
  }

  /** The tiles of outputs, or their gradients. */
  float[] outputs(int floats) {
    outputs = grown(outputs, floats);
    return outputs;
  }

  /** Sums over tiles. */
  float[] sums(int floats) {
    sums = grown(sums, floats);
    return sums;
  }

  private static float[] grown(float[] array, int floats) {
    return array.length < floats ? new float[floats] : array;
  }
}
