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
  private Logits() {}

  /**
   * Features times weights, and a bias.
   *
   * @param rows features [batch, features]
   * @param weights [features, classes]
   * @param bias [1, classes], or null for none
   * @return [batch, classes], to be closed by the caller
   */
  static INDArray of(INDArray rows, INDArray weights, INDArray bias) {
    int features = Math.toIntExact(weights.size(0));
    int classes = Math.toIntExact(weights.size(1));
    float[] in = elements(rows);
    float[] factors = elements(weights);
    double[] start = new double[classes];
    if (bias != null) {
      Arrays.setAll(start, bias::getDouble);
    }
    float[] out = new float[in.length / features * classes];
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
