package org.isonorm.network.kernel.onednn;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.stream.IntStream;
import org.isonorm.network.kernel.AdamWStep;
import org.isonorm.network.kernel.Checks;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.NesterovStep;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Passes over flat float vectors in this process's memory, shared among as many threads as ND4J
 * uses when they are long.
 */
public final class HostVectors {

  /**
   * Elements copied to the heap at a time: three blocks fit the first-level cache, and loops over
   * float[] are vectorized.
   */
  private static final int BLOCK = 2048;

  /** Elements below which a second thread costs more than it saves. */
  private static final int SHARE = 1 << 17;

  private HostVectors() {}

  public static void nesterov(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      long from,
      long to,
      NesterovStep step) {
    try {
      FloatBuffer p = vector(parameters);
      FloatBuffer g = vector(gradient);
      FloatBuffer v = vector(velocity);
      forEachShare(from, to, p.capacity(), (start, end) -> nesterov(p, g, v, start, end, step));
    } finally {
      Reference.reachabilityFence(new INDArray[] {parameters, gradient, velocity});
    }
  }

  private static void nesterov(
      FloatBuffer parameters,
      FloatBuffer gradient,
      FloatBuffer velocity,
      int from,
      int to,
      NesterovStep step) {
    float rate = step.learningRate();
    float momentum = step.momentum();
    float decay = step.weightDecay();
    float scale = step.gradientScale();
    float[] w = new float[BLOCK];
    float[] g = new float[BLOCK];
    float[] v = new float[BLOCK];
    for (int start = from; start < to; start += BLOCK) {
      int n = Math.min(BLOCK, to - start);
      parameters.get(start, w, 0, n);
      gradient.get(start, g, 0, n);
      velocity.get(start, v, 0, n);
      for (int i = 0; i < n; i++) {
        g[i] = scale * g[i] + decay * w[i];
        v[i] = momentum * v[i] + g[i];
      }
      if (step.nesterov()) {
        for (int i = 0; i < n; i++) {
          w[i] -= rate * (g[i] + momentum * v[i]);
        }
      } else {
        for (int i = 0; i < n; i++) {
          w[i] -= rate * v[i];
        }
      }
      parameters.put(start, w, 0, n);
      velocity.put(start, v, 0, n);
    }
  }

  public static void adamW(
      INDArray parameters,
      INDArray gradient,
      INDArray velocity,
      INDArray secondMoments,
      long from,
      long to,
      AdamWStep step) {
    try {
      FloatBuffer p = vector(parameters);
      FloatBuffer g = vector(gradient);
      FloatBuffer m = vector(velocity);
      FloatBuffer v = vector(secondMoments);
      forEachShare(from, to, p.capacity(), (start, end) -> adamW(p, g, m, v, start, end, step));
    } finally {
      Reference.reachabilityFence(new INDArray[] {parameters, gradient, velocity, secondMoments});
    }
  }

  private static void adamW(
      FloatBuffer parameters,
      FloatBuffer gradient,
      FloatBuffer velocity,
      FloatBuffer secondMoments,
      int from,
      int to,
      AdamWStep step) {
    float beta1 = (float) step.beta1();
    float beta2 = (float) step.beta2();
    float share1 = (float) (1 - step.beta1());
    float share2 = (float) (1 - step.beta2());
    float scale = (float) step.gradientScale();
    float kept = (float) step.kept();
    float rate = (float) step.rate();
    float rootScale = (float) step.rootScale();
    float epsilon = (float) step.epsilon();
    float[] w = new float[BLOCK];
    float[] g = new float[BLOCK];
    float[] m = new float[BLOCK];
    float[] v = new float[BLOCK];
    for (int start = from; start < to; start += BLOCK) {
      int n = Math.min(BLOCK, to - start);
      parameters.get(start, w, 0, n);
      gradient.get(start, g, 0, n);
      velocity.get(start, m, 0, n);
      secondMoments.get(start, v, 0, n);
      for (int i = 0; i < n; i++) {
        float slope = scale * g[i];
        m[i] = beta1 * m[i] + share1 * slope;
        v[i] = beta2 * v[i] + share2 * slope * slope;
        w[i] = kept * w[i] - rate * m[i] / (rootScale * (float) Math.sqrt(v[i]) + epsilon);
      }
      parameters.put(start, w, 0, n);
      velocity.put(start, m, 0, n);
      secondMoments.put(start, v, 0, n);
    }
  }

  public static void subtract(INDArray parameters, INDArray gradient, long from, long to) {
    try {
      FloatBuffer p = vector(parameters);
      FloatBuffer g = vector(gradient);
      forEachShare(from, to, p.capacity(), (start, end) -> subtract(p, g, start, end));
    } finally {
      Reference.reachabilityFence(new INDArray[] {parameters, gradient});
    }
  }

  private static void subtract(FloatBuffer parameters, FloatBuffer gradient, int from, int to) {
    for (int i = from; i < to; i++) {
      parameters.put(i, parameters.get(i) - gradient.get(i));
    }
  }

  public static double[] unitNorms(INDArray vector, long from, long to, int units) {
    int length = Checks.unitLength(from, to, vector.length(), units);
    try {
      FloatBuffer values = vector(vector);
      double[] norms = new double[units];
      float[] block = new float[BLOCK];
      for (int unit = 0; unit < units; unit++) {
        double sum = 0;
        int first = (int) from + unit * length;
        for (int start = first; start < first + length; start += BLOCK) {
          int n = Math.min(BLOCK, first + length - start);
          values.get(start, block, 0, n);
          for (int i = 0; i < n; i++) {
            sum += (double) block[i] * block[i];
          }
        }
        norms[unit] = Math.sqrt(sum);
      }
      return norms;
    } finally {
      Reference.reachabilityFence(vector);
    }
  }

  public static double[] unitDots(INDArray a, INDArray b, long from, long to, int units) {
    int length = Checks.unitLength(from, to, a.length(), units);
    try {
      FloatBuffer first = vector(a);
      FloatBuffer second = vector(b);
      double[] dots = new double[units];
      float[] x = new float[BLOCK];
      float[] y = new float[BLOCK];
      for (int unit = 0; unit < units; unit++) {
        double sum = 0;
        int begin = (int) from + unit * length;
        for (int start = begin; start < begin + length; start += BLOCK) {
          int n = Math.min(BLOCK, begin + length - start);
          first.get(start, x, 0, n);
          second.get(start, y, 0, n);
          for (int i = 0; i < n; i++) {
            sum += (double) x[i] * y[i];
          }
        }
        dots[unit] = sum;
      }
      return dots;
    } finally {
      Reference.reachabilityFence(new INDArray[] {a, b});
    }
  }

  public static void scaleUnits(INDArray vector, long from, long to, float[] factors) {
    int length = Checks.unitLength(from, to, vector.length(), factors.length);
    try {
      FloatBuffer values = vector(vector);
      for (int unit = 0; unit < factors.length; unit++) {
        int first = (int) from + unit * length;
        for (int i = first; i < first + length; i++) {
          values.put(i, values.get(i) * factors[unit]);
        }
      }
    } finally {
      Reference.reachabilityFence(vector);
    }
  }

  public static void scaledDifference(INDArray a, INDArray b, float scale, INDArray result) {
    try {
      FloatBuffer first = vector(a);
      FloatBuffer second = vector(b);
      FloatBuffer difference = vector(result);
      for (int i = 0; i < difference.capacity(); i++) {
        difference.put(i, (first.get(i) - second.get(i)) * scale);
      }
    } finally {
      Reference.reachabilityFence(new INDArray[] {a, b, result});
    }
  }

  static boolean allFinite(INDArray array) {
    try {
      FloatBuffer values = vector(array);
      for (int i = 0; i < values.capacity(); i++) {
        if (!Float.isFinite(values.get(i))) {
          return false;
        }
      }
      return true;
    } finally {
      Reference.reachabilityFence(array);
    }
  }

  /** A buffer over the array, which does not keep the array's memory alive. */
  private static FloatBuffer vector(INDArray array) {
    if (array.length() > Integer.MAX_VALUE) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT, "Unsupported vector length: %s (must be < 2^31)", array.length()));
    }
    return HostMemory.buffer(array, array.length());
  }

  private interface Pass {
    void over(int from, int to);
  }

  private static void forEachShare(long from, long to, long length, Pass pass) {
    Checks.range(from, to, length);
    int count = (int) (to - from);
    int shares = Math.max(1, Math.min(Nd4j.getEnvironment().maxThreads(), count / SHARE));
    if (shares == 1) {
      pass.over((int) from, (int) to);
      return;
    }
    IntStream.range(0, shares)
        .parallel()
        .forEach(
            share ->
                pass.over(
                    (int) (from + (long) count * share / shares),
                    (int) (from + (long) count * (share + 1) / shares)));
  }
}
