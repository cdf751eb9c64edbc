package org.isonorm.spark.jobs;

/** A Spark job of a run took too long; its message says which workers have not answered. */
public final class JobTimeoutException extends JobFailedException {
  private static final long serialVersionUID = 1L;

  public JobTimeoutException(String message, Throwable cause) {
    super(message, cause);
  }
}
