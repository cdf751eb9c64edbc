package org.isonorm.spark.config;

/**
 * Group {@code run}.
 *
 * @param name the run's name
 * @param seed seed of every random draw of the run
 * @param output the run's folder, a path or URI
 */
public record RunConfig(String name, long seed, String output) {
  public RunConfig {
    Checks.notBlank("run.name", name);
    Checks.notBlank("run.output", output);
  }
}
