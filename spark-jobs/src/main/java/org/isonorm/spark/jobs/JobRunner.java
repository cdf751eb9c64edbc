package org.isonorm.spark.jobs;

/** Runs Spark jobs of one training run. */
@FunctionalInterface
public interface JobRunner {
  /** Runs them and no more. */
  JobRunner PLAIN = (what, job) -> job.run();

  /**
   * Runs a job and waits for its end.
   *
   * @param what what it does, as in "finish round 3"
   */
  void run(String what, Runnable job);
}
