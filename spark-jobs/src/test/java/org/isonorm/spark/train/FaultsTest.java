package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.MetricsLog;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults that one process can be put to; docs/faults.md lists them with those of FaultsIT. */
class FaultsTest {
  /** Writing to it always fails for want of space, on Linux. */
  private static final Path FULL = Path.of("/dev/full");

  @TempDir static Path shared;
  @TempDir Path folder;

  private static SparkSession spark;
  private final List<String> lines = new ArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    spark = LocalSpark.session();
    TrainingJob.run(config(), shared.resolve("whole"), false, spark, line -> {});
    trainAndStop(config(), shared.resolve("stopped"));
  }

  /** Two workers of 10 images, a tiny residual network, 5 rounds an epoch. */
  private static IsonormConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.path=" + shared.resolve("synthetic"),
                "data.synthetic.train-examples=140",
                "data.synthetic.test-examples=30",
                "data.validation-examples=40",
                "network.name=resnet-8",
                "network.width=4",
                "training.epochs=2",
                "training.global-batch-size=20",
                "training.checkpoint-every-rounds=1",
                "averaging.workers=2"));
    all.addAll(Arrays.asList(settings));
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), all));
  }

  private void train(IsonormConfig config, Path run, boolean resume) throws IOException {
    TrainingJob.run(config, run, resume, spark, lines::add);
  }

  /** Stops a run in its second epoch, as a kill would, when rounds 1 to 7 have checkpoints. */
  private static void trainAndStop(IsonormConfig config, Path run) {
    Consumer<String> killer =
        line -> {
          if (line.contains("epoch 1/2 done")) {
            throw new IllegalStateException("killed");
          }
        };
    assertThatThrownBy(() -> TrainingJob.run(config, run, false, spark, killer))
        .hasMessageContaining("killed");
  }

  /** A copy of the run that was stopped. */
  private Path stopped() throws IOException {
    Path run = folder.resolve("run");
    try (Stream<Path> files = Files.walk(shared.resolve("stopped"))) {
      for (Path file : files.toList()) {
        Files.copy(file, run.resolve(shared.resolve("stopped").relativize(file).toString()));
      }
    }
    return run;
  }

  private static byte[] parameters(Path run) throws IOException {
    return FlatParameters.toBytes(
        Checkpoint.load(run.resolve("checkpoints/last.zip")).graph().params());
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"flipped", "truncated", "missing"})
  void aDamagedCheckpointIsSaidAndTheOneBeforeIsUsed(String damage) throws IOException {
    Path run = stopped();
    Path last = run.resolve("checkpoints/last.zip");
    damage(last, damage);

    train(config(), run, true);

    assertThat(lines)
        .anyMatch(
            line ->
                line.startsWith("Cannot load checkpoint " + last)
                    && line.endsWith("; going on from " + run.resolve("checkpoints/previous.zip")));
    assertThat(parameters(run)).isEqualTo(parameters(shared.resolve("whole")));
  }

  @Tag("long")
  @Test
  void aStreamedRunThatStoppedInMidEpochEndsInTheSameBits() throws IOException {
    // Of the 16 files of 8 or 9 rows each, a worker's 50 examples are in seven.
    IsonormConfig config = config("data.residence=streamed", "data.shuffle-window=16");
    train(config, folder.resolve("streamed"), false);
    Path run = folder.resolve("stopped");
    Consumer<MetricsLog.Row> killer =
        row -> {
          if (row.step() == 7) {
            throw new IllegalStateException("killed");
          }
        };
    assertThatThrownBy(
            () -> TrainingJob.run(config, run, false, spark, line -> {}, List.of(killer)))
        .hasMessageContaining("killed");
    train(config, run, true);

    assertThat(lines)
        .contains("Resuming " + run + " after epoch 1, step 2")
        .anyMatch(line -> line.contains("examples: streamed in windows of 16, "));
    assertThat(parameters(run))
        .isEqualTo(parameters(folder.resolve("streamed")))
        .isNotEqualTo(parameters(shared.resolve("whole")));
    assertThat(Files.readString(run.resolve("environment.json")))
        .contains("\"residence\" : \"streamed\"");
  }

  @Tag("long")
  @Test
  void aRunThatGoesOnHasItsExamplesWhereTheyWereHoweverMuchMemoryThereIs() throws IOException {
    Path run = stopped();
    Path environment = run.resolve("environment.json");
    String before = Files.readString(environment);
    assertThat(before).contains("\"residence\" : \"resident\"");
    Files.writeString(environment, before.replace("\"resident\"", "\"streamed\""));

    train(config(), run, true);

    assertThat(lines)
        .anyMatch(
            line ->
                line.contains("examples: streamed in windows of 2,048, ")
                    && line.endsWith(" an executor (as the run began)"));
  }

  private static void damage(Path file, String how) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    switch (how) {
      case "flipped" -> {
        // In the middle lie the compressed parameters or the velocity: no structure, but a
        // checksum.
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
      case "truncated" -> Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      default -> Files.delete(file);
    }
  }

  @Test
  void twoDamagedCheckpointsAreAnErrorThatNamesTheFile() throws IOException {
    Path run = stopped();
    damage(run.resolve("checkpoints/last.zip"), "flipped");
    damage(run.resolve("checkpoints/previous.zip"), "truncated");

    assertThatThrownBy(() -> train(config(), run, true))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(
            "Cannot load checkpoint " + run.resolve("checkpoints/previous.zip"));
  }

  @Tag("long")
  @Test
  void aFullDiskStopsTheRunAndLeavesTheCheckpointBefore() throws IOException {
    assumeTrue(Files.exists(FULL));
    Path run = stopped();
    byte[] before = Files.readAllBytes(run.resolve("checkpoints/last.zip"));
    Path part = run.resolve("checkpoints/.next.zip.part");
    Files.createSymbolicLink(part, FULL);

    assertThatThrownBy(() -> train(config(), run, true))
        .hasMessageContaining(
            "Cannot write %s: No space left on device", run.resolve("checkpoints/next.zip"));
    assertThat(run.resolve("checkpoints/last.zip")).hasBinaryContent(before);

    Files.deleteIfExists(part);
    train(config(), run, true);
    assertThat(parameters(run)).isEqualTo(parameters(shared.resolve("whole")));
  }

  @Test
  void aFullDiskUnderTheMetricsIsASentence() throws IOException {
    assumeTrue(Files.exists(FULL));
    Path run = stopped();
    Files.delete(run.resolve("metrics.csv"));
    Files.createSymbolicLink(run.resolve("metrics.csv"), FULL);

    try (MetricsLog log = MetricsLog.open(run.resolve("metrics.csv"))) {
      assertThatThrownBy(
              () ->
                  log.append(new MetricsLog.Row("round", 1, 1, 1, 1, 1, 1, 1, null, 1, 1, 1, 1, 1)))
          .hasMessage("Cannot write %s: No space left on device", run.resolve("metrics.csv"));
    } catch (IOException e) {
      // Closing writes what could not be written.
      assertThat(e).hasMessage("No space left on device");
    }
  }

  @Tag("long")
  @Test
  void aCorruptedParquetFileIsNamed() throws IOException {
    IsonormConfig config = config("data.path=" + folder.resolve("synthetic"));
    trainAndStop(config, folder.resolve("run"));
    Path part;
    try (var files = Files.list(folder.resolve("synthetic/train"))) {
      part = files.filter(file -> file.toString().endsWith(".parquet")).sorted().findFirst().get();
    }
    damage(part, "truncated");
    Files.deleteIfExists(part.resolveSibling("." + part.getFileName() + ".crc"));

    assertThatThrownBy(() -> train(config, folder.resolve("other"), false))
        .hasStackTraceContaining("Cannot read file:" + part);
  }

  @Tag("long")
  @Test
  void aRoundThatTakesTooLongEndsTheRunWhichCanGoOn() throws IOException {
    Path run = stopped();
    // Another timeout and other Spark properties are no other run.
    train(
        config("averaging.round-timeout-seconds=60", "spark.properties.\"spark.x\"=y"), run, true);

    assertThat(run.resolve("evaluation.json")).isRegularFile();
  }

  @Test
  void secretsStayOutOfTheRunsFolder() throws IOException {
    Path run = folder.resolve("run");
    train(
        config(
            "training.epochs=1",
            "spark.properties.\"spark.hadoop.fs.s3a.secret.key\"=hunter2",
            "spark.properties.\"spark.hadoop.fs.s3a.endpoint\"=storage.example"),
        run,
        false);

    assertThat(Files.readString(run.resolve("config.conf")))
        .startsWith("# Withheld: spark.properties.\"spark.hadoop.fs.s3a.secret.key\"")
        .contains("storage.example");
    try (var files = Files.walk(run)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(
                new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("hunter2");
      }
    }
  }
}
