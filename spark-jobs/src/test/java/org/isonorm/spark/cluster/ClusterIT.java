package org.isonorm.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.isonorm.spark.cluster.IsonormProcess.Ended;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.MethodName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command line on a standalone cluster: master, workers, driver and executors are processes of
 * their own. Needs the packaged jar and runtime; run by {@code mvn verify -Pcluster}.
 */
@TestMethodOrder(MethodName.class)
class ClusterIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;

  private static String master;

  @BeforeAll
  static void start() throws Exception {
    Ended started =
        IsonormProcess.run(
            folder,
            "cluster",
            "start",
            "--folder",
            at("cluster"),
            "--workers=2",
            "--cores=1",
            "--memory=2g",
            "--port=0",
            "--json");
    assertThat(started.exitCode()).as(started.err()).isZero();
    JsonNode status = JSON.readTree(started.out());
    assertThat(status.get("liveWorkers").asInt()).isEqualTo(2);
    assertThat(status.get("cores").asInt()).isEqualTo(2);
    master = status.get("master").asText();
    Ended drawn =
        IsonormProcess.run(
            folder,
            "ingest",
            "--dataset=synthetic",
            "--train-examples=240",
            "--test-examples=50",
            "--out",
            at("synthetic"));
    assertThat(drawn.exitCode()).as(drawn.err()).isZero();
  }

  @AfterAll
  static void stop() throws Exception {
    List<ProcessHandle> before =
        ProcessHandle.allProcesses().filter(ClusterIT::isOfThisCluster).toList();
    Ended stopped = IsonormProcess.run(folder, "cluster", "stop", "--folder", at("cluster"));
    assertThat(stopped.out()).isEqualTo("Stopped 3 processes\n");
    assertThat(before).hasSize(3).noneMatch(ProcessHandle::isAlive);
    assertThat(
            IsonormProcess.run(folder, "cluster", "status", "--folder", at("cluster")).exitCode())
        .isEqualTo(1);
  }

  @Test
  void twoExecutorProcessesTrainWhatTwoTasksOfOneProcessTrain() throws Exception {
    Ended onCluster = isonorm(train("cluster-run", "--master", master));
    assertThat(onCluster.exitCode()).as(onCluster.err()).isZero();
    Ended inOneProcess = isonorm(train("local-run", "--master=local[2]"));
    assertThat(inOneProcess.exitCode()).as(inOneProcess.err()).isZero();

    assertThat(parameters("cluster-run")).isEqualTo(parameters("local-run"));
    assertThat(velocity("cluster-run")).isEqualTo(velocity("local-run"));
    assertThat(onCluster.out()).contains("\"examples\":50");
    assertThat(JSON.readTree(onCluster.out()).get("loss"))
        .isEqualTo(JSON.readTree(inOneProcess.out()).get("loss"));
    // Each executor left its log in its worker's folder.
    for (String work : List.of("work-1", "work-2")) {
      try (var files = Files.walk(folder.resolve("cluster").resolve(work))) {
        assertThat(files.filter(file -> file.endsWith("stderr"))).isNotEmpty();
      }
    }
  }

  @Test
  void everyTrialOfAGridEndsOnTheCluster() throws Exception {
    List<String> words = new ArrayList<>(List.of("grid", "--master", master, "--json"));
    words.addAll(settings());
    words.addAll(
        List.of(
            "--set=training.epochs=1",
            "--set=grid.axes.optimizer.learning-rate=[0.1,0.01]",
            "--set=grid.axes.initialization.init-gamma=[0.4,4]",
            "--output",
            at("grid")));
    Ended ended = IsonormProcess.run(folder, words.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode summary = JSON.readTree(ended.out());
    assertThat(summary.get("trials").asInt()).isEqualTo(4);
    assertThat(summary.get("done").asInt()).isEqualTo(4);
  }

  private static String[] train(String run, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--json"));
    words.addAll(settings());
    words.addAll(List.of("--set=averaging.frequency=2", "--output", at(run)));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  /** Two workers of 10 images, a tiny residual network, 200 synthetic images. */
  private static List<String> settings() {
    return List.of(
        "--set=data.path=" + at("synthetic"),
        "--set=data.validation-examples=40",
        "--set=network.name=resnet-8",
        "--set=network.width=4",
        "--set=training.epochs=2",
        "--set=training.global-batch-size=20",
        "--set=training.threads-per-worker=1");
  }

  private static byte[] parameters(String run) throws IOException {
    return entry(run, "coefficients.bin");
  }

  private static byte[] velocity(String run) throws IOException {
    return entry(run, "isonorm-velocity.bin");
  }

  /** The bytes of a file of the run's last checkpoint. */
  private static byte[] entry(String run, String name) throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(folder.resolve(run).resolve("checkpoints/last.zip"))) {
      return Files.readAllBytes(zip.getPath(name));
    }
  }

  private static String at(String name) {
    return folder.resolve(name).toString();
  }

  private static boolean isOfThisCluster(ProcessHandle process) {
    String command = process.info().commandLine().orElse("");
    boolean namesMaster =
        command.contains("org.apache.spark.deploy")
            && command.contains(master.substring("spark://".length()));
    return namesMaster || command.contains("--port " + port());
  }

  private static String port() {
    return master.substring(master.lastIndexOf(':') + 1);
  }

  /** On the kernels that users get. */
  private static Ended isonorm(String... words) throws Exception {
    return IsonormProcess.start(folder, List.of(words), IsonormProcess.DEFAULT_KERNELS).end();
  }
}
