package org.isonorm.spark.run;

import java.io.Serializable;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What evaluation adds up before it divides once: the confusion matrix, the sum of the losses, the
 * examples right within the five likeliest classes; and a few examples to look at. Created on
 * executors; serialized to the driver.
 */
public final class EvaluationCounts implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int TOP = 5;

  /** The smallest probability a loss is taken of, as in DL4J's cross-entropy: ln stays finite. */
  private static final double SMALLEST_PROBABILITY = 1e-10;

  private final long[][] confusion;
  private final SamplePredictions samples;
  private double lossSum;
  private long topFive;

  /** Counts of nothing yet. */
  public EvaluationCounts(int classes) {
    this(classes, 0);
  }

  /** The same, with at most so many right and wrong examples to look at each. */
  public EvaluationCounts(int classes, int samples) {
    this.confusion = new long[classes][classes];
    this.samples = new SamplePredictions(samples);
  }

  /**
   * Adds a batch.
   *
   * @param probabilities [examples, classes]
   * @param labels the true class of each example
   * @param pictures the image of each example, asked for those to look at
   */
  public void add(
      INDArray probabilities, int[] labels, IntFunction<SamplePredictions.Picture> pictures) {
    int classes = confusion.length;
    float[] p = probabilities.dup('c').data().asFloat();
    for (int example = 0; example < labels.length; example++) {
      int row = example * classes;
      int label = labels[example];
      float ofLabel = p[row + label];
      int likeliest = 0;
      int likelier = 0;
      for (int k = 0; k < classes; k++) {
        if (p[row + k] > p[row + likeliest]) {
          likeliest = k;
        }
        // A tie counts against the label unless the label comes first, as the likeliest class does.
        if (p[row + k] > ofLabel || (p[row + k] == ofLabel && k < label)) {
          likelier++;
        }
      }
      confusion[label][likeliest]++;
      int number = example;
      samples.offer(label, likeliest, p[row + likeliest], ofLabel, () -> pictures.apply(number));
      if (likelier < TOP) {
        topFive++;
      }
      lossSum -= Math.log(Math.max(ofLabel, SMALLEST_PROBABILITY));
    }
  }

  /** Adds the counts of other examples. */
  public void add(EvaluationCounts other) {
    for (int label = 0; label < confusion.length; label++) {
      for (int predicted = 0; predicted < confusion.length; predicted++) {
        confusion[label][predicted] += other.confusion[label][predicted];
      }
    }
    lossSum += other.lossSum;
    topFive += other.topFive;
    samples.add(other.samples);
  }

  /** Examples to look at. */
  public SamplePredictions samples() {
    return samples;
  }

  /** Rows the true class, columns the predicted one. */
  long[][] confusion() {
    return confusion;
  }

  double lossSum() {
    return lossSum;
  }

  long topFive() {
    return topFive;
  }
}
