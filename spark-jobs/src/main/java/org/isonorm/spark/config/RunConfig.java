package org.isonorm.spark.config;

/**
 * Group {@code run}.
 *
 * @param name the run's name
 * @param seed seed of every random draw of the run
 * @param output the run's folder, a path or URI
 * @param tensorboard whether metrics are written for TensorBoard as well
 * @param note a remark for the reader of the run, "" for none
 */
public record RunConfig(String name, long seed, String output, boolean tensorboard, String note) {
  public RunConfig {
    Checks.notBlank("run.name", name);
    Checks.notBlank("run.output", output);
  }
}
