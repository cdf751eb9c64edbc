package org.isonorm.network.plan;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The last product of inference. Libraries of linear algebra choose among their ways by the size of
 * the whole product, so that an image's last digits would depend on how many others are in its
 * batch; here every row is summed alone, feature after feature, in float64.
 */
final class Logits {
  private final INDArray weights;
  private final INDArray bias;
  private final double[] start;
  private float[] factors;

  /**
   * The product with a classifier's parameters as they are at each {@link #refresh}.
   *
   * @param weights [features, classes]
   * @param bias [1, classes], or null for none
   */
  Logits(INDArray weights, INDArray bias) {
    this.weights = weights;
    this.bias = bias;
    this.start = new double[Math.toIntExact(weights.size(1))];
  }

  void refresh() {
    factors = elements(weights);
    if (bias != null) {
      Arrays.setAll(start, bias::getDouble);
    }
  }

  /**
   * Features times weights, and the bias.
   *
   * @param rows features [batch, features]
   * @return [batch, classes], to be closed by the caller
   */
  INDArray of(INDArray rows) {
    int features = Math.toIntExact(rows.size(1));
    int classes = start.length;
    float[] in = elements(rows);
    float[] out = new float[Math.toIntExact(rows.size(0)) * classes];
    double[] sums = new double[classes];
    for (int from = 0, to = 0; to < out.length; from += features, to += classes) {
      System.arraycopy(start, 0, sums, 0, classes);
      for (int i = 0; i < features; i++) {
        add(in[from + i], factors, i * classes, sums);
      }
      for (int i = 0; i < classes; i++) {
        out[to + i] = (float) sums[i];
      }
    }
    return Nd4j.create(out, new long[] {rows.size(0), classes}, 'c');
  }

  private static void add(double feature, float[] factors, int from, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += feature * factors[from + i];
    }
  }

  private static float[] elements(INDArray array) {
    try (INDArray copy = array.dup('c')) {
      return copy.data().asFloat();
    }
  }
}
