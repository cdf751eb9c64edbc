package org.isonorm.spark.run;

import java.io.Serializable;

/**
 * What the rounds of an epoch add up to.
 *
 * @param examples examples trained on
 * @param lossSum sum of their cross-entropies, each before its update
 * @param correct those classified right before their update; negative where nobody counted
 * @param learningRate of the last local step
 * @param wallSeconds time in rounds
 * @param computeSeconds of it, the slowest worker's arithmetic
 * @param inputSeconds of it, the longest wait for batches
 */
public record EpochTotals(
    long examples,
    double lossSum,
    long correct,
    double learningRate,
    double wallSeconds,
    double computeSeconds,
    double inputSeconds)
    implements Serializable {
  /** Before the first round. */
  public static final EpochTotals NONE = new EpochTotals(0, 0, 0, 0, 0, 0, 0);

  EpochTotals plus(RoundSummary round) {
    double[] rates = round.round().learningRates();
    return new EpochTotals(
        examples + round.examples(),
        lossSum + round.lossSum(),
        correct + round.correct(),
        rates[rates.length - 1],
        wallSeconds + round.wallSeconds(),
        computeSeconds + round.computeSeconds(),
        inputSeconds + round.inputSeconds());
  }

  public double loss() {
    return lossSum / examples;
  }

  /** Not a number where nobody counted. */
  public double accuracy() {
    return correct < 0 ? Double.NaN : (double) correct / examples;
  }

  public double imagesPerSecond() {
    return examples / wallSeconds;
  }

  public double syncSeconds() {
    return Math.max(0, wallSeconds - computeSeconds - inputSeconds);
  }
}
