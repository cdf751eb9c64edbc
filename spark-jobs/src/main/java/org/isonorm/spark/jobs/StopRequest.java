package org.isonorm.spark.jobs;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The wish that this process stops, made by Ctrl-C or SIGTERM. Whoever works looks at it between
 * two steps, leaves what is there in order, and ends with a {@link StoppedException}.
 */
public final class StopRequest {
  private static final AtomicBoolean MADE = new AtomicBoolean();
  private static volatile Runnable canceller;

  private StopRequest() {}

  /** Asks to stop, and cancels what jobs there are. */
  public static void make() {
    MADE.set(true);
    Runnable cancel = canceller;
    if (cancel != null) {
      cancel.run();
    }
  }

  /** Says how this process's jobs are cancelled from now on. */
  public static void cancelBy(Runnable cancel) {
    canceller = cancel;
  }

  /** Whether this process has jobs at times. */
  public static boolean hasJobs() {
    return canceller != null;
  }

  /** Whether it has been asked for. */
  public static boolean isMade() {
    return MADE.get();
  }

  /** Takes the wish back, for a process that goes on all the same. */
  public static void withdraw() {
    MADE.set(false);
  }

  /**
   * Ends the work of the calling thread if it has been asked for.
   *
   * @throws StoppedException if so
   */
  public static void check() {
    if (isMade()) {
      throw new StoppedException(null);
    }
  }
}
