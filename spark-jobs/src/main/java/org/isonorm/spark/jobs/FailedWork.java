package org.isonorm.spark.jobs;

import java.util.concurrent.ExecutionException;

/** Failures of work on another thread, as those who wait for it get them. */
public final class FailedWork {
  private FailedWork() {}

  /**
   * What the work failed with, as if it had been done here.
   *
   * @return the failure, to be thrown; a checked one in an {@link IllegalStateException}
   * @throws Error if it failed with one
   */
  public static RuntimeException of(ExecutionException e) {
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof RuntimeException failure
        ? failure
        : new IllegalStateException(e.getCause());
  }
}
