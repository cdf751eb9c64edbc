package org.isonorm.data.shard;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.List;

/**
 * What went into one part file, or into several together. The sums are exact integers, so that
 * statistics do not depend on how the rows are spread over files. Returned from executors to the
 * driver.
 */
public final class PartSummary implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long[] examplesPerClass;
  private final long[] sums;
  private final long[] squareSums;
  private final int validationExamples;
  private long examples;
  private long measured;
  private long imageBytes;

  /**
   * Of nothing yet.
   *
   * @param validationExamples source indices below it are counted, but do not enter mean and
   *     deviation
   */
  public PartSummary(int classes, int channels, int validationExamples) {
    this.validationExamples = validationExamples;
    examplesPerClass = new long[classes];
    sums = new long[channels];
    squareSums = new long[channels];
  }

  /** What went into several parts, or into none. */
  public static PartSummary sum(int classes, int channels, List<PartSummary> parts) {
    PartSummary total = new PartSummary(classes, channels, 0);
    parts.forEach(total::add);
    return total;
  }

  public void add(Example example) {
    examples++;
    examplesPerClass[example.label()]++;
    if (example.index() < validationExamples) {
      return;
    }
    measured++;
    imageBytes += example.image().length;
    ChannelSums of = example.sums(sums.length);
    for (int channel = 0; channel < sums.length; channel++) {
      sums[channel] += of.sums()[channel];
      squareSums[channel] += of.squares()[channel];
    }
  }

  private void add(PartSummary other) {
    examples += other.examples;
    measured += other.measured;
    imageBytes += other.imageBytes;
    for (int label = 0; label < examplesPerClass.length; label++) {
      examplesPerClass[label] += other.examplesPerClass[label];
    }
    for (int channel = 0; channel < sums.length; channel++) {
      sums[channel] += other.sums[channel];
      squareSums[channel] += other.squareSums[channel];
    }
  }

  public long examples() {
    return examples;
  }

  public long[] examplesPerClass() {
    return examplesPerClass;
  }

  /** Bytes of a stored image: their mean, rounded up. */
  public long meanImageBytes() {
    return (imageBytes + measured - 1) / measured;
  }

  /** Mean of a channel over images of that many pixels, where 255 counts as 1. */
  public double mean(int channel, int pixels) {
    return sums[channel] / (255.0 * pixels * measured);
  }

  /** Whether a channel has one value in all pixels, which doubles do not tell for sure. */
  public boolean isConstant(int channel, int pixels) {
    BigInteger sum = BigInteger.valueOf(sums[channel]);
    BigInteger values = BigInteger.valueOf(measured).multiply(BigInteger.valueOf(pixels));
    return values.multiply(BigInteger.valueOf(squareSums[channel])).equals(sum.multiply(sum));
  }

  /** Standard deviation of a channel, √(E[x²] − E[x]²), in the same units. */
  public double std(int channel, int pixels) {
    double mean = mean(channel, pixels);
    return Math.sqrt(squareSums[channel] / (255.0 * 255.0 * pixels * measured) - mean * mean);
  }
}
