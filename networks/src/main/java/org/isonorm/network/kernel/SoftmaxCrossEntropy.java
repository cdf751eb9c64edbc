package org.isonorm.network.kernel;

import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Cross-entropy −Σ y log p of p = softmax(logits) against labels y, over a batch. */
public final class SoftmaxCrossEntropy {
  private final double meanLoss;
  private final long correct;
  private final double[] gradient;

  private SoftmaxCrossEntropy(double meanLoss, long correct, double[] gradient) {
    this.meanLoss = meanLoss;
    this.correct = correct;
    this.gradient = gradient;
  }

  /** Loss of logits against labels, both [examples, classes]. */
  public static SoftmaxCrossEntropy of(INDArray logits, INDArray labels) {
    return of(values(logits), values(labels), Math.toIntExact(logits.size(1)));
  }

  private static double[] values(INDArray matrix) {
    return matrix.dup('c').data().asDouble();
  }

  /** Loss of logits against labels, both [examples, classes] in C order. */
  public static SoftmaxCrossEntropy of(double[] logits, double[] labels, int classes) {
    if (logits.length != labels.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid labels: %d values, expected %d (a row of %d an example)",
              labels.length,
              logits.length,
              classes));
    }
    int examples = logits.length / classes;
    double[] gradient = new double[logits.length];
    double loss = 0;
    long correct = 0;
    for (int row = 0; row < examples; row++) {
      int from = row * classes;
      int likeliest = argMax(logits, from, classes);
      correct += likeliest == argMax(labels, from, classes) ? 1 : 0;
      double highest = logits[from + likeliest];
      double sum = 0;
      double mass = 0;
      for (int i = from; i < from + classes; i++) {
        sum += Math.exp(logits[i] - highest);
        mass += labels[i];
      }
      double logSum = highest + Math.log(sum);
      for (int i = from; i < from + classes; i++) {
        loss += labels[i] * (logSum - logits[i]);
        gradient[i] = mass * Math.exp(logits[i] - logSum) - labels[i];
      }
    }
    return new SoftmaxCrossEntropy(loss / examples, correct, gradient);
  }

  public double meanLoss() {
    return meanLoss;
  }

  /** How many examples have their label's class as the likeliest one, the first of equals. */
  public long correct() {
    return correct;
  }

  /** Gradient of the summed loss by the logits, p Σy − y, [examples, classes] in C order. */
  public double[] gradient() {
    return gradient;
  }

  private static int argMax(double[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[from + i] > values[from + best]) {
        best = i;
      }
    }
    return best;
  }
}
