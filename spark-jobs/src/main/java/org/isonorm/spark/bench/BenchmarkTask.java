package org.isonorm.spark.bench;

import java.util.Locale;

/** What a step of a benchmark does. */
public enum BenchmarkTask {
  /** Forward and backward pass and the optimizer's update. */
  TRAINING,

  /** The probabilities of the classes, with parameters that stay. */
  INFERENCE;

  /** Its name in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
