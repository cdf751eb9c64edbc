package org.isonorm.data.source;

import java.util.Locale;

/**
 * Size of a synthetic data set.
 *
 * @param classes 10 or 100
 * @param trainExamples images of the training split, as many of each class as possible
 * @param testExamples images of the test split, likewise
 */
public record SyntheticSettings(int classes, int trainExamples, int testExamples) {
  /** 10 classes, 10,000 training and 2,000 test images. */
  public static final SyntheticSettings DEFAULT = new SyntheticSettings(10, 10_000, 2_000);

  public SyntheticSettings {
    if (classes != 10 && classes != 100) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid classes: %d (must be 10 or 100)", classes));
    }
    if (trainExamples <= 0 || testExamples <= 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid examples: %d training and %d test images (both must be > 0)",
              trainExamples,
              testExamples));
    }
  }
}
