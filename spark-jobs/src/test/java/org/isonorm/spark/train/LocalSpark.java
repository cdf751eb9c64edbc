package org.isonorm.spark.train;

import org.apache.spark.sql.SparkSession;

/** The Spark session that the tests of this package share: two task slots in this JVM. */
public final class LocalSpark {
  /** A failed task is tried once more, so that tests can see what a retry returns. */
  private static final String MASTER = "local[2,2]";

  private LocalSpark() {}

  public static SparkSession session() {
    return SparkSession.builder()
        .master(MASTER)
        .appName("isonorm-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate();
  }
}
