package org.isonorm.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.isonorm.spark.cluster.IsonormProcess.Ended;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Metrics;
import org.isonorm.spark.storage.ShellLine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.MethodName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands that are stopped by Ctrl-C and SIGTERM, or killed at any moment, and gone on with:
 * processes of their own. Needs the packaged jar and runtime; run by {@code mvn verify -Pcluster}.
 * {@code -Disonorm.kills=20} kills that often.
 */
@TestMethodOrder(MethodName.class)
class StopIT {
  private static final int KILLS = Integer.getInteger("isonorm.kills", 3);
  private static final long LONGEST_MILLISECONDS = 12_000;
  private static final long INTO_THE_EPOCH_MILLISECONDS = 500;

  @TempDir static Path folder;

  @BeforeAll
  static void draw() throws Exception {
    Ended drawn =
        IsonormProcess.run(
            folder,
            "ingest",
            "--dataset=synthetic",
            "--train-examples=840",
            "--test-examples=50",
            "--out",
            at("synthetic"));
    assertThat(drawn.exitCode()).as(drawn.err()).isZero();
    Ended undisturbed = train("undisturbed").end();
    assertThat(undisturbed.exitCode()).as(undisturbed.err()).isZero();
  }

  private static String at(String name) {
    return folder.resolve(name).toString();
  }

  /** Forty rounds of five steps in four epochs. */
  private static IsonormProcess train(String run, String... more) throws IOException {
    return IsonormProcess.train(
        folder,
        run,
        List.of(
            "--set=training.epochs=4",
            "--set=training.global-batch-size=16",
            "--set=averaging.frequency=5"),
        more);
  }

  private static void endsAsUndisturbed(String run) throws IOException {
    assertThat(Files.readAllBytes(folder.resolve(run).resolve("initialization.csv")))
        .isEqualTo(Files.readAllBytes(folder.resolve("undisturbed/initialization.csv")));
    for (String name : List.of("coefficients.bin", "isonorm-velocity.bin")) {
      assertThat(entry(run, name)).as(name).isEqualTo(entry("undisturbed", name));
    }
    assertThat(losses(run)).isEqualTo(losses("undisturbed"));
  }

  private static byte[] entry(String run, String name) throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(folder.resolve(run).resolve("checkpoints/last.zip"), Map.of())) {
      return Files.readAllBytes(zip.getPath(name));
    }
  }

  private static List<String> losses(String run) throws IOException {
    Metrics metrics = Metrics.load(folder.resolve(run).resolve("metrics.csv"));
    return Stream.concat(metrics.rounds().stream(), metrics.epochs().stream())
        .map(row -> "%d %s %s".formatted(row.step(), row.trainLoss(), row.validationLoss()))
        .toList();
  }

  @Test
  void aStoppedRunSaysHowItIsGoneOnWithAndEndsTheSame() throws Exception {
    stop(train("stopped"), 1, "INT", 130);
    stop(resume(), 2, "TERM", 143);
    Ended resumed = resume().end();
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    endsAsUndisturbed("stopped");

    Ended again = resume().end();
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("is finished");
    assertThat(again.out()).isEqualTo(resumed.out());
  }

  private static IsonormProcess resume() throws IOException {
    return IsonormProcess.start(folder, List.of("train", "--resume", "--output", at("stopped")));
  }

  /** Stops the run in the epoch after some, and looks at what it says and leaves. */
  private static void stop(IsonormProcess run, int epochs, String signal, int exitCode)
      throws Exception {
    run.awaitWords("epoch %d/4 done".formatted(epochs));
    Thread.sleep(INTO_THE_EPOCH_MILLISECONDS);
    run.signal(signal);
    Ended ended = run.end();

    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
    assertThat(ended.err().lines().filter(line -> line.startsWith("isonorm:")))
        .containsExactly(
            "isonorm: Stopped; go on with: "
                + ShellLine.of(
                    IsonormProcess.SCRIPT, "train", "--resume", "--output", at("stopped")));
    assertThat(ended.err()).doesNotContain("Exception").doesNotContain("\tat ");
    long saved =
        Checkpoint.load(folder.resolve("stopped/checkpoints/last.zip")).state().progress().round();
    assertThat(Metrics.load(folder.resolve("stopped/metrics.csv")).rounds())
        .as("the last whole round is saved")
        .hasSize(Math.toIntExact(saved));
  }

  @Test
  void aRunKilledAtAnyMomentEndsTheSame() throws Exception {
    long seed = Long.getLong("isonorm.kill-seed", System.nanoTime());
    Random random = new Random(seed);
    IsonormProcess run = train("killed");
    for (int kill = 0; kill < KILLS && run.isAlive(); kill++) {
      Thread.sleep(Math.round(random.nextDouble() * LONGEST_MILLISECONDS));
      run.kill();
      // Whether there is a folder yet, a checkpoint or nothing at all: the same command goes on.
      boolean begun = Files.exists(folder.resolve("killed"));
      run = begun ? train("killed", "--resume") : train("killed");
    }
    Ended ended = run.end();
    assertThat(ended.exitCode()).as("seed %d: %s", seed, ended.err()).isZero();
    endsAsUndisturbed("killed");
  }

  @Test
  void aStoppedGridAndAStoppedIngestionLoseNothing() throws Exception {
    IsonormProcess grid =
        IsonormProcess.start(
            folder,
            List.of(
                "grid",
                "--set=data.path=" + at("synthetic"),
                "--set=data.validation-examples=40",
                "--set=network.name=resnet-8",
                "--set=training.epochs=2",
                "--set=training.global-batch-size=16",
                "--set=grid.axes.run.seed=[1,2,3,4,5,6]",
                "--output",
                at("grid")));
    grid.awaitWords("validation accuracy");
    grid.signal("INT");
    Ended stopped = grid.end();
    assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(130);
    assertThat(stopped.err())
        .contains(
            "isonorm: Stopped; go on with: "
                + ShellLine.of(IsonormProcess.SCRIPT, "grid", "--resume", at("grid")))
        .doesNotContain("Exception");
    Ended resumed = IsonormProcess.run(folder, "grid", "--resume", at("grid"));
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.out()).contains("6 trials: 6 done, 0 diverged, 0 failed");

    IsonormProcess ingest =
        IsonormProcess.start(
            folder,
            List.of(
                "ingest", "--dataset=synthetic", "--train-examples=500000", "--out", at("never")));
    Thread.sleep(LONGEST_MILLISECONDS);
    ingest.signal("INT");
    Ended ended = ingest.end();
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(130);
    assertThat(ended.err()).contains("isonorm: Stopped; nothing was written");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.contains("never"));
    }
  }
}
