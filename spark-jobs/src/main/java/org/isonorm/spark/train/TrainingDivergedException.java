package org.isonorm.spark.train;

/** Training met a loss that is not a number; the message says at which step, rate and worker. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingDivergedException(String message) {
    super(message);
  }
}
