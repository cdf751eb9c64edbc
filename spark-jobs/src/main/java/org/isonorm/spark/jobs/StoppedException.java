package org.isonorm.spark.jobs;

/** The end of work that was asked to stop. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Of work that was asked to stop.
   *
   * @param cause what its cancelled jobs threw, null if nothing
   */
  public StoppedException(Throwable cause) {
    super("Stopped as asked", cause);
  }
}
