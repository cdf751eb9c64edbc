package org.isonorm.spark.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.apache.spark.sql.SparkSession;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.storage.Storage;

/** The Spark session that the tests of this package share: two task slots in this JVM. */
public final class LocalSpark {
  /** A failed task is tried once more, so that tests can see what a retry returns. */
  private static final String MASTER = "local[2,2]";

  private LocalSpark() {}

  /** A configuration whose synthetic data set is there: it is drawn where its path says. */
  public static IsonormConfig withData(IsonormConfig config) {
    DataConfig data = config.data();
    try {
      if (data.dataset() == DatasetKind.SYNTHETIC
          && !Files.exists(Storage.path(data.path()).resolve("manifest.json"))) {
        TrainingData.draw(data.synthetic(), data.path(), session());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return config;
  }

  public static SparkSession session() {
    return SparkSession.builder()
        .master(MASTER)
        .appName("isonorm-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate();
  }

  /** Ends the session of this JVM, if it has one: for commands that start one of their own. */
  public static void stop() {
    SparkSession.getDefaultSession()
        .foreach(
            session -> {
              session.stop();
              return null;
            });
  }
}
