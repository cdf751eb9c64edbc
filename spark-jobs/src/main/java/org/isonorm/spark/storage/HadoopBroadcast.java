package org.isonorm.spark.storage;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Hadoop's settings for tasks. A task that carried them itself would unpack a thousand of them, and
 * so would every job of every round on what it reads: milliseconds each time.
 */
public final class HadoopBroadcast {
  private HadoopBroadcast() {}

  /** The settings of a session, which an executor unpacks once. */
  public static Broadcast<SerializableConfiguration> of(JavaSparkContext spark) {
    return spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
  }
}
