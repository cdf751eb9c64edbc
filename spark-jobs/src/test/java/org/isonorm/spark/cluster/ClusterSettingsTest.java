package org.isonorm.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSettingsTest {
  @TempDir Path folder;

  @Test
  void refusesAClusterWithoutWorkers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClusterSettings(0, 1, 1024, 7077))
        .withMessage("Invalid --workers: 0 (must be >= 1)");
  }

  @Test
  void refusesAPortThatIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClusterSettings(1, 1, 1024, 70_000))
        .withMessage("Invalid --port: 70000 (must be >= 0 and <= 65535)");
  }

  @Test
  void readsMemoryAsSparkDoes() {
    assertThat(LocalCluster.mebibytes("2g")).isEqualTo(2048);
    assertThat(LocalCluster.mebibytes("1500m")).isEqualTo(1500);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LocalCluster.mebibytes("much"))
        .withMessage("Invalid --memory: much (must be a size, as in 2g or 1500m)");
  }

  @Test
  void refusesAFolderWithoutSparksJars() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LocalCluster(folder)
                    .start(new ClusterSettings(1, 1, 1024, 0), folder, Optional.empty()))
        .withMessageStartingWith("Invalid SPARK_HOME: %s has no folder jars", folder);
  }

  @Test
  void aFolderThatCannotBeMadeIsNamedWithTheRemedy() throws IOException {
    Files.createDirectory(folder.resolve("jars"));
    Path file = Files.createFile(folder.resolve("home"));
    LocalCluster cluster = new LocalCluster(file.resolve(".isonorm/cluster"));

    assertThatThrownBy(
            () -> cluster.start(new ClusterSettings(1, 1, 1024, 0), folder, Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Cannot make the cluster's folder " + file + "/.isonorm/cluster: ")
        .hasMessageEndingWith("cluster start --folder /tmp/cluster)");
  }

  @Test
  void aProcessOfAnEarlierClusterThatIsGoneDoesNotCount() throws IOException {
    // The number of a process that runs, this one, but started at another time.
    Files.writeString(
        folder.resolve("cluster.json"),
        """
        {"master":"spark://127.0.0.1:1","webUi":"http://127.0.0.1:2",\
        "processes":[{"role":"master","pid":%d,"startedMillis":1}]}\
        """
            .formatted(ProcessHandle.current().pid()));

    assertThat(new LocalCluster(folder).status()).isEmpty();
    assertThat(new LocalCluster(folder).stop()).isZero();
    assertThat(folder.resolve("cluster.json")).doesNotExist();
  }

  @Tag("long")
  @Test
  void aProcessWhoseEndNobodyTookNoteOfHasEnded() throws Exception {
    Process careless = new ProcessBuilder("sh", "-c", "sleep 60 & echo $!; exec sleep 60").start();
    try {
      long pid = Long.parseLong(careless.inputReader().readLine());
      long started = started(pid);
      remember(pid, started);
      assertThat(new ClusterProcess("worker-1", pid, started).runs()).isTrue();

      assertThat(new LocalCluster(folder).stop()).isOne();

      // On most systems a zombie now, which Java holds to be alive.
      remember(pid, started);
      assertThat(new LocalCluster(folder).stop()).isZero();
    } finally {
      careless.destroyForcibly();
    }
  }

  @Tag("long")
  @Test
  void aProcessThatTakesNoNoticeIsKilled() throws Exception {
    Process deaf =
        new ProcessBuilder("bash", "-c", "trap '' TERM; echo deaf; sleep 60 & wait").start();
    try {
      assertThat(deaf.inputReader().readLine()).isEqualTo("deaf");
      remember(deaf.pid(), started(deaf.pid()));

      assertThat(new LocalCluster(folder).stop()).isOne();

      // Java's own note of the end comes a moment after the system's; by itself it ends much later.
      assertThat(deaf.waitFor(5, TimeUnit.SECONDS)).isTrue();
    } finally {
      deaf.descendants().forEach(ProcessHandle::destroyForcibly);
      deaf.destroyForcibly();
    }
  }

  private void remember(long pid, long started) throws IOException {
    Files.writeString(
        folder.resolve("cluster.json"),
        """
        {"master":"spark://127.0.0.1:1","webUi":"http://127.0.0.1:2",\
        "processes":[{"role":"worker-1","pid":%d,"startedMillis":%d}]}\
        """
            .formatted(pid, started));
  }

  private static long started(long pid) {
    return ProcessHandle.of(pid).orElseThrow().info().startInstant().orElseThrow().toEpochMilli();
  }

  @Test
  void noClusterRunsWhereNoneWasStarted() throws IOException {
    assertThat(new LocalCluster(folder).status()).isEmpty();
    assertThat(new LocalCluster(folder).stop()).isZero();
  }
}
