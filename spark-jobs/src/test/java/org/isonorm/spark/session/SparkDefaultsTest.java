package org.isonorm.spark.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.properties.PropertiesConfigurationFactory;
import org.apache.spark.SparkConf;
import org.apache.spark.internal.config.ConfigEntry;
import org.apache.spark.internal.config.Network$;
import org.apache.spark.internal.config.package$;
import org.apache.spark.launcher.SparkLauncher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SparkDefaultsTest {
  private static final Path FOLDER = Path.of("../conf/spark");
  private static final Set<String> MODES = Set.of("local", "standalone", "yarn", "kubernetes");

  /** Of modules of Spark's that these tests do not have, or free in what follows. */
  private static final List<String> OTHERS =
      List.of(
          SparkLauncher.DRIVER_DEFAULT_JAVA_OPTIONS,
          "spark.yarn.",
          "spark.kubernetes.",
          "spark.executorEnv.",
          "spark.hadoop.",
          "spark.executor.resource.gpu.",
          "spark.task.resource.gpu.");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  private static Map<String, String> properties(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    Map<String, String> sorted = new TreeMap<>();
    properties.forEach((key, value) -> sorted.put(key.toString(), value.toString().strip()));
    return sorted;
  }

  @Test
  void everyClusterManagerHasAFormForProcessorsAndOneForGpus() throws IOException {
    List<String> names = files().stream().map(file -> file.getFileName().toString()).toList();
    for (String mode : MODES) {
      assertThat(names).contains(mode + ".conf", mode + "-gpu.conf");
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void sparkKnowsEverySettingAndReadsItsValue(Path file) throws IOException {
    // Loads Spark's own lists of settings.
    assertThat(package$.MODULE$.EXECUTOR_MEMORY()).isNotNull();
    assertThat(Network$.MODULE$.NETWORK_TIMEOUT()).isNotNull();
    SparkConf conf = new SparkConf(false);
    properties(file).forEach(conf::set);
    for (String key : properties(file).keySet()) {
      ConfigEntry<?> entry = ConfigEntry.findEntry(key);
      if (OTHERS.stream().noneMatch(key::startsWith)) {
        assertThat(entry).as(key).isNotNull();
        assertThat(conf.get(entry)).as(key).isNotNull();
      }
    }
    conf.set("spark.master", "spark://host:7077");
    // Refuses what the jobs cannot work with.
    SparkSessions.prepare(conf, "app", Map.of(), 1);
  }

  @ParameterizedTest
  @MethodSource("files")
  void everySettingIsExplainedAndTheFileOpensWithItsCommand(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("spark.")) {
        assertThat(lines.get(i - 1)).as(lines.get(i)).matches("# .*[.?)]( ADAPT.*)?|# .*ADAPT.*");
      }
    }
    if (!file.endsWith("s3a.conf")) {
      assertThat(lines)
          .anyMatch(line -> line.contains("--properties-file conf/spark/" + file.getFileName()));
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void anExecutorOfAClusterIsOneSlotWithAsManyThreadsAsItsTaskHasCores(Path file)
      throws IOException {
    Map<String, String> properties = properties(file);
    if (properties.containsKey("spark.executor.cores")) {
      assertThat(properties.get("spark.executor.cores"))
          .isEqualTo(properties.get("spark.task.cpus"))
          .isEqualTo(properties.get("spark.executorEnv.OMP_NUM_THREADS"));
      boolean gpu = file.toString().contains("-gpu");
      assertThat(properties.get("spark.executor.resource.gpu.amount")).isEqualTo(gpu ? "1" : null);
      assertThat(properties.get("spark.task.resource.gpu.amount")).isEqualTo(gpu ? "1" : null);
    }
  }

  @Test
  void theDiscoveryScriptPrintsTheAddressesAsSparkReadsThem(@TempDir Path bin) throws Exception {
    Path tool = Files.writeString(bin.resolve("nvidia-smi"), "#!/bin/sh\nprintf '0\\n1\\n'\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    ProcessBuilder script =
        new ProcessBuilder(FOLDER.resolve("gpu-discovery.sh").toAbsolutePath().toString());
    script.environment().merge("PATH", bin + ":", (path, first) -> first + path);
    Process process = script.start();
    Map<?, ?> printed = new ObjectMapper().readValue(process.getInputStream(), Map.class);
    assertThat(process.waitFor()).isZero();
    assertThat(printed.get("name")).isEqualTo("gpu");
    assertThat(printed.get("addresses")).isEqualTo(List.of("0", "1"));
  }

  @Test
  void theLoggingOfClustersLoads() throws IOException {
    Path file = FOLDER.resolve("log4j2.properties");
    try (var stream = Files.newInputStream(file)) {
      Configuration configuration =
          new PropertiesConfigurationFactory()
              .getConfiguration(null, new ConfigurationSource(stream, file.toFile()));
      configuration.initialize();
      assertThat(configuration.getLoggers()).containsKey("org.isonorm");
      assertThat(configuration.getAppenders()).containsKey("console");
    }
  }
}
