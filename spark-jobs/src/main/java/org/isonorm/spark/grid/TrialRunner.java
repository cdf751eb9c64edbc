package org.isonorm.spark.grid;

import java.io.IOException;
import java.util.OptionalDouble;

/** Trains trials. For several threads. */
interface TrialRunner {
  /**
   * Trains a trial up to an epoch, on from where it stopped before.
   *
   * @return what it came to; a divergence or a failure is a result
   * @throws IOException if its files cannot be written: no trial's could
   */
  TrialResult run(Trial trial, int epochs) throws IOException;

  /** How the best epoch of a trial that trained to the end classifies the test split. */
  TestResult test(Trial trial) throws IOException;

  /**
   * An evaluation on the test split.
   *
   * @param accuracy top-1 accuracy, 0 to 1
   * @param augmented the same by test-time augmentation; empty without it
   * @param examples examples of the split
   */
  record TestResult(double accuracy, OptionalDouble augmented, long examples) {}
}
