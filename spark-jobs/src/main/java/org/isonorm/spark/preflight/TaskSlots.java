package org.isonorm.spark.preflight;

import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.jobs.StopRequest;

/** The tasks a cluster runs at a time. */
public final class TaskSlots {
  /** How long executors may take to register. */
  public static final int TIMEOUT_SECONDS = 60;

  private static final long POLL_MILLISECONDS = 200;

  /** How long no further executor must come before those there are count as all. */
  private static final int SETTLED_SECONDS = 5;

  private TaskSlots() {}

  /**
   * Waits until the cluster has as many task slots as workers are wanted.
   *
   * @param workers workers wanted
   * @param timeoutSeconds how long executors may take to register
   * @return the slots there are, at least {@code workers}
   * @throws IllegalArgumentException with the numbers, if too few slots come
   * @throws IllegalStateException if none comes
   */
  public static int await(JavaSparkContext spark, int workers, int timeoutSeconds) {
    int slots = upTo(spark, workers, timeoutSeconds);
    if (slots < workers) {
      throw tooFew(spark.master(), spark.isLocal(), workers, slots, timeoutSeconds);
    }
    return slots;
  }

  /** None at all is not for the configuration to mend. */
  static RuntimeException tooFew(
      String master, boolean isLocal, int workers, int slots, int timeoutSeconds) {
    if (slots == 0 && !isLocal) {
      return new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot run on %s: no executor has started within %d s (other applications may hold its cores, or no worker has as much memory free as spark.executor.memory and spark.executor.memoryOverhead ask for; its web page shows both)",
              master,
              timeoutSeconds));
    }
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid averaging.workers: %d (%s has %s%s; set averaging.workers to at most %d, or give Spark more, as in --master %s)",
            workers,
            master,
            Plural.of(slots, "task slot"),
            isLocal ? "" : String.format(Locale.ROOT, " after %d s", timeoutSeconds),
            slots,
            isLocal
                ? String.format(Locale.ROOT, "local[%d]", workers)
                : master + " with more executors or cores"));
  }

  /**
   * Waits until there are as many slots as wanted, but no longer than told; the slots there are.
   */
  public static int upTo(JavaSparkContext spark, int wanted, int timeoutSeconds) {
    long deadline = System.nanoTime() + timeoutSeconds * 1_000_000_000L;
    int slots = now(spark);
    while (slots < wanted && !spark.isLocal() && System.nanoTime() < deadline) {
      pause();
      slots = now(spark);
    }
    return slots;
  }

  /** Waits until there are some slots and no more come; the slots there are. */
  public static int all(JavaSparkContext spark, int timeoutSeconds) {
    int slots = upTo(spark, 1, timeoutSeconds);
    long settled = System.nanoTime() + SETTLED_SECONDS * 1_000_000_000L;
    while (!spark.isLocal() && System.nanoTime() < settled) {
      pause();
      int before = slots;
      slots = now(spark);
      if (slots != before) {
        settled = System.nanoTime() + SETTLED_SECONDS * 1_000_000_000L;
      }
    }
    return slots;
  }

  private static void pause() {
    StopRequest.check();
    try {
      Thread.sleep(POLL_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for executors", e);
    }
  }

  private static int now(JavaSparkContext spark) {
    return spark
        .sc()
        .maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
  }
}
