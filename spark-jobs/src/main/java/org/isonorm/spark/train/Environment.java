package org.isonorm.spark.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.run.BuildProperties;
import org.isonorm.spark.run.Json;
import org.nd4j.linalg.factory.Nd4j;

/** What a run ran on: the contents of environment.json. */
final class Environment {
  /** The dotted key of the checksum of a run's data set. */
  static final String MANIFEST = "data.manifestSha256";

  /** Where its examples were while it trained. */
  static final String RESIDENCE = "data.residence";

  static final String STREAMED = "streamed";
  private static final String RESIDENT = "resident";

  private static final Path CPU = Path.of("/proc/cpuinfo");
  private static final long MEBIBYTE = 1 << 20;

  private Environment() {}

  /** Describes this driver and its cluster. */
  static Map<String, Object> describe(JavaSparkContext spark, int slots, long seed) {
    Map<String, Object> environment = new LinkedHashMap<>();
    environment.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    environment.put("seed", seed);
    environment.put("versions", versions(spark));
    environment.put("hardware", hardware());
    environment.put("cluster", cluster(spark, slots));
    environment.put("kernel", KernelProvider.kernels().name());
    return environment;
  }

  /**
   * The same of one run on a data set, by which a data set is known again that was moved.
   *
   * @param streamed whether its examples are streamed
   */
  static Map<String, Object> describe(
      JavaSparkContext spark, int slots, long seed, TrainingData data, boolean streamed)
      throws IOException {
    Map<String, Object> environment = describe(spark, slots, seed);
    Map<String, Object> set = new LinkedHashMap<>();
    set.put("folder", data.folder());
    set.put("manifestSha256", DatasetManifest.checksum(data.folder(), spark.hadoopConfiguration()));
    set.put("residence", streamed ? STREAMED : RESIDENT);
    environment.put("data", set);
    return environment;
  }

  /** What a file of a run says of a dotted key; empty if there is no such file or key. */
  static Optional<String> noted(Path file, String key) throws IOException {
    return Files.exists(file)
        ? Optional.ofNullable(Json.flatten(Json.readObject(file)).get(key))
        : Optional.empty();
  }

  private static Map<String, Object> versions(JavaSparkContext spark) {
    Properties build = BuildProperties.load(BuildProperties.VERSIONS);
    Properties git = BuildProperties.load(BuildProperties.COMMIT);
    Map<String, Object> versions = new LinkedHashMap<>();
    versions.put("isonorm", BuildProperties.version());
    versions.put("commit", BuildProperties.commit().orElse(BuildProperties.UNKNOWN));
    versions.put("commitDirty", git.getProperty("git.dirty", BuildProperties.UNKNOWN));
    versions.put("spark", spark.version());
    versions.put("scala", scala.util.Properties.versionNumberString());
    versions.put("deeplearning4j", build.getProperty("deeplearning4j", BuildProperties.UNKNOWN));
    versions.put("onednn", build.getProperty("onednn", BuildProperties.UNKNOWN));
    versions.put("nd4jBackend", Nd4j.getBackend().getClass().getSimpleName());
    versions.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    return versions;
  }

  private static Map<String, Object> hardware() {
    Map<String, Object> hardware = new LinkedHashMap<>();
    hardware.put("processor", processor());
    hardware.put("cores", Runtime.getRuntime().availableProcessors());
    hardware.put("heapMebibytes", Runtime.getRuntime().maxMemory() / MEBIBYTE);
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      hardware.put("memoryMebibytes", system.getTotalMemorySize() / MEBIBYTE);
    }
    hardware.put(
        "operatingSystem",
        String.format(
            Locale.ROOT,
            "%s %s %s",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch")));
    return hardware;
  }

  private static Map<String, Object> cluster(JavaSparkContext spark, int slots) {
    Map<String, Object> cluster = new LinkedHashMap<>();
    cluster.put("master", spark.master());
    cluster.put("application", spark.sc().applicationId());
    cluster.put("taskSlots", slots);
    cluster.put("ompNumThreads", System.getenv().getOrDefault("OMP_NUM_THREADS", "unset"));
    return cluster;
  }

  private static String processor() {
    if (!Files.isReadable(CPU)) {
      return BuildProperties.UNKNOWN;
    }
    try (Stream<String> lines = Files.lines(CPU)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(BuildProperties.UNKNOWN);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot read %s: %s", CPU, e.getMessage()), e);
    }
  }
}
