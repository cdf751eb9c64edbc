package org.isonorm.spark.averaging;

import java.io.Serializable;
import org.isonorm.spark.run.EvaluationCounts;

/**
 * How examples were classified. Created on executors; serialized to the driver.
 *
 * @param plain by the images as they are
 * @param augmented by test-time augmentation; of no example without it
 */
record EvaluatedCounts(EvaluationCounts plain, EvaluationCounts augmented) implements Serializable {
  /** Counts of nothing yet, with at most so many right and wrong examples to look at each. */
  static EvaluatedCounts none(int classes, int samples) {
    return new EvaluatedCounts(
        new EvaluationCounts(classes, samples), new EvaluationCounts(classes));
  }

  /** Adds the counts of other examples. */
  void add(EvaluatedCounts other) {
    plain.add(other.plain);
    augmented.add(other.augmented);
  }
}
