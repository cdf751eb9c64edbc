package org.isonorm.spark.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.jobs.StopRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens Spark sessions. Of a property's values, the one given to spark-submit goes before the
 * configuration's, and this before the default here. Lives on the driver.
 */
public final class SparkSessions {
  private static final Logger LOGGER = LoggerFactory.getLogger(SparkSessions.class);
  private static final String MASTER = "spark.master";
  private static final String SERIALIZER = "spark.serializer";
  private static final String JAVA_SERIALIZER = "org.apache.spark.serializer.JavaSerializer";
  private static final String SPECULATION = "spark.speculation";
  private static final String PLUGINS = "spark.plugins";
  private static final String OVERHEAD = "spark.executor.memoryOverhead";
  private static final String MEMORY = "spark.executor.memory";
  private static final String DEFAULT_MEMORY = "1g";
  private static final String LOOPBACK = "127.0.0.1";
  private static final String FOREVER = "3650d";

  private SparkSessions() {}

  /**
   * Opens a session on the master that spark-submit chose, or in this process on all of its cores.
   *
   * @param appName the application's name
   * @param properties Spark's properties from the configuration
   * @param minimumThreads task slots that a session in this process has at least
   * @throws IllegalArgumentException if a property is set that the jobs cannot work with
   * @throws UncheckedIOException if no master is there
   */
  public static SparkSession open(
      String appName, Map<String, String> properties, int minimumThreads) {
    SparkConf conf = prepare(new SparkConf(), appName, properties, minimumThreads);
    SparkMaster.checkReachable(conf.get(MASTER));
    SparkSession session = SparkSession.builder().config(conf).getOrCreate();
    if (session.sparkContext().isStopped()) {
      throw new UncheckedIOException(
          new IOException(
              String.format(
                  Locale.ROOT,
                  "Cannot reach Spark master %s: what is there does not answer as a Spark %s master does (correct --master)",
                  conf.get(MASTER),
                  session.version())));
    }
    StopRequest.cancelBy(
        () -> {
          if (!session.sparkContext().isStopped()) {
            session.sparkContext().cancelAllJobs();
          }
        });
    if (session.sparkContext().uiWebUrl().isDefined()) {
      LOGGER.info("Spark shows the run at {}", session.sparkContext().uiWebUrl().get());
    }
    return session;
  }

  /** The complete configuration that starts as {@code submitted}, what spark-submit set. */
  public static SparkConf prepare(
      SparkConf submitted, String appName, Map<String, String> properties, int minimumThreads) {
    SparkConf conf = submitted.setIfMissing("spark.app.name", appName);
    properties.forEach(conf::setIfMissing);
    if (!conf.contains(MASTER)) {
      int threads = Math.max(minimumThreads, Runtime.getRuntime().availableProcessors());
      conf.set(MASTER, "local[" + threads + "]").setIfMissing("spark.ui.enabled", "false");
    }
    if (conf.get(MASTER).startsWith("local")) {
      conf.setIfMissing("spark.driver.host", LOOPBACK)
          .setIfMissing("spark.driver.bindAddress", LOOPBACK);
    }
    if (SparkMaster.isThisProcess(conf.get(MASTER))) {
      // A process that was stopped (Ctrl-Z, a machine asleep) would hold itself to be lost, since
      // it has not heard of itself meanwhile, and Spark end it with code 56.
      conf.setIfMissing("spark.storage.blockManagerHeartbeatTimeoutMs", FOREVER);
    } else {
      executors(conf);
    }
    // Parameters are bytes of floats, which do not compress.
    conf.setIfMissing("spark.broadcast.compress", "false");
    conf.setIfMissing("spark.shuffle.compress", "false");
    conf.setIfMissing("spark.shuffle.spill.compress", "false");
    // Large pieces of a broadcast: each costs a question to the driver.
    conf.setIfMissing("spark.broadcast.blockSize", "16m");
    // Small networks' results come with the message that a task has ended, not fetched after it.
    conf.setIfMissing("spark.task.maxDirectResultSize", "8m");
    // A round's results are used as they arrive; their sum over the workers is no reason to stop.
    conf.setIfMissing("spark.driver.maxResultSize", "0");
    // The driver ends without waiting until an executor that hangs has forgotten its broadcasts.
    conf.setIfMissing("spark.cleaner.referenceTracking.blocking", "false");
    // Metrics are appended to on HDFS, also where it has fewer data nodes than copies.
    conf.setIfMissing(
        "spark.hadoop.dfs.client.block.write.replace-datanode-on-failure.best-effort", "true");
    check(conf);
    return conf;
  }

  /** What executor processes need that this process got from its launcher. */
  private static void executors(SparkConf conf) {
    // Freed activations stay with the process, and oneDNN's threads do not wait in a busy loop for
    // long, as in bin/isonorm.
    conf.setIfMissing("spark.executorEnv.MALLOC_MMAP_THRESHOLD_", "4294967296")
        .setIfMissing("spark.executorEnv.MALLOC_TRIM_THRESHOLD_", "17179869184")
        .setIfMissing("spark.executorEnv.MALLOC_TOP_PAD_", "268435456")
        .setIfMissing("spark.executorEnv.GOMP_SPINCOUNT", "10000")
        // Java tells file names by the locale.
        .setIfMissing("spark.executorEnv.LC_ALL", "C.UTF-8")
        // A task that is out of memory says so. Ended at once, its executor may not get that far,
        // and its exit code says "heap" whichever memory it was.
        .setIfMissing("spark.executor.killOnFatalError.depth", "0");
    String plugin = NativeLibrariesPlugin.class.getName();
    String others = conf.get(PLUGINS, "");
    if (!others.contains(plugin)) {
      conf.set(PLUGINS, others.isBlank() ? plugin : others + "," + plugin);
    }
    // The process may take what its container has. JavaCPP compares before it allocates, so that
    // too much is an error of Java's that names the figures and not a killed container. (Its
    // maxbytes counts none of ND4J's arrays.)
    long limit =
        conf.contains(OVERHEAD)
            ? JavaUtils.byteStringAsMb(conf.get(OVERHEAD))
                + JavaUtils.byteStringAsMb(conf.get(MEMORY, DEFAULT_MEMORY))
            : 0;
    conf.setIfMissing(
        "spark.executor.defaultJavaOptions",
        String.format(
            Locale.ROOT,
            "--add-modules=jdk.incubator.vector -Dorg.bytedeco.javacpp.maxphysicalbytes=%dm -Dorg.bytedeco.javacpp.maxbytes=0 -Dorg.bytedeco.javacpp.logger=slf4j",
            limit));
  }

  private static void check(SparkConf conf) {
    String serializer = conf.get(SERIALIZER, JAVA_SERIALIZER);
    if (!serializer.equals(JAVA_SERIALIZER)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s (must be %s, which networks need; leave it out)",
              SERIALIZER,
              serializer,
              JAVA_SERIALIZER));
    }
    String speculation = conf.get(SPECULATION, "false");
    if (!speculation.equals("false")) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s (must be false, since two copies of a worker would train the same replica; leave it out)",
              SPECULATION,
              speculation));
    }
  }
}
