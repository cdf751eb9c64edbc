package org.isonorm.data;

import org.apache.spark.sql.SparkSession;

/** The one Spark session of a test JVM. */
public final class SparkTest {
  private static SparkSession session;

  private SparkTest() {}

  public static synchronized SparkSession session() {
    if (session == null) {
      session =
          SparkSession.builder()
              .master("local[2]")
              .appName("data-prep tests")
              .config("spark.ui.enabled", "false")
              .config("spark.sql.shuffle.partitions", "2")
              .config("spark.sql.warehouse.dir", "target/spark-warehouse")
              .getOrCreate();
    }
    return session;
  }
}
