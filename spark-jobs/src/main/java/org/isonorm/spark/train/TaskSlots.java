package org.isonorm.spark.train;

import org.apache.spark.api.java.JavaSparkContext;

/** The tasks a cluster runs at a time. */
final class TaskSlots {
  private static final long POLL_MILLISECONDS = 200;

  private TaskSlots() {}

  /**
   * Waits until the cluster has as many task slots as workers are wanted.
   *
   * @param workers workers wanted
   * @param timeoutSeconds how long executors may take to register
   * @return the slots there are, at least {@code workers}
   * @throws IllegalArgumentException with the numbers, if the slots do not come
   */
  static int await(JavaSparkContext spark, int workers, int timeoutSeconds) {
    long deadline = System.nanoTime() + timeoutSeconds * 1_000_000_000L;
    int slots = now(spark);
    while (slots < workers && !spark.isLocal() && System.nanoTime() < deadline) {
      try {
        Thread.sleep(POLL_MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for executors", e);
      }
      slots = now(spark);
    }
    if (slots < workers) {
      throw new IllegalArgumentException(
          "Invalid averaging.workers: %d (%s has %d task slot%s%s; set averaging.workers to at most %d, or give Spark more, as in --master %s)"
              .formatted(
                  workers,
                  spark.master(),
                  slots,
                  slots == 1 ? "" : "s",
                  spark.isLocal() ? "" : " after %d s".formatted(timeoutSeconds),
                  Math.max(1, slots),
                  spark.isLocal()
                      ? "local[%d]".formatted(workers)
                      : spark.master() + " with more executors or cores"));
    }
    return slots;
  }

  private static int now(JavaSparkContext spark) {
    return spark
        .sc()
        .maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
  }
}
