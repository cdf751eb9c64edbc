package org.isonorm.spark.config;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Group {@code spark}.
 *
 * @param appName name of the Spark application
 * @param properties properties of Spark's own configuration, sorted by name
 */
public record SparkConfig(String appName, Map<String, String> properties) {
  private static final String MASTER = "spark.master";

  public SparkConfig {
    Checks.notBlank("spark.app-name", appName);
    properties = Collections.unmodifiableMap(new TreeMap<>(properties));
    for (String name : properties.keySet()) {
      Checks.check(
          name.startsWith("spark."),
          "spark.properties." + name,
          properties.get(name),
          "properties start with \"spark.\"");
    }
    Checks.check(
        !properties.containsKey(MASTER),
        "spark.properties." + MASTER,
        properties.get(MASTER),
        "give the master with --master, not in a configuration");
  }
}
