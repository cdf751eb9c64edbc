package org.isonorm.spark.jobs;

/** A Spark job of a run could not be finished; its message says which worker was why, and where. */
public class JobFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JobFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
