package org.isonorm.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.cli.CommandLineInterface;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.storage.FolderLock;
import org.isonorm.spark.storage.Locks;
import org.isonorm.spark.storage.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Data, runs and grids on a real HDFS: a name node and data nodes in this process. Run by {@code
 * mvn verify -Pcluster}.
 */
class HdfsIT {
  /** As many as HDFS keeps copies: with fewer, nothing can be appended. */
  private static final int DATA_NODES = 3;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path local;

  private static MiniDFSCluster hdfs;
  private static String root;

  @BeforeAll
  static void start() throws IOException {
    Configuration settings = new Configuration();
    settings.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, local.resolve("hdfs").toString());
    hdfs = new MiniDFSCluster.Builder(settings).numDataNodes(DATA_NODES).build();
    root = "hdfs://localhost:" + hdfs.getNameNodePort();
  }

  @AfterAll
  static void stop() {
    hdfs.shutdown();
  }

  private static List<String> settings(String data) {
    return List.of(
        "run.name=test",
        "data.path=" + data,
        "data.synthetic.train-examples=140",
        "data.synthetic.test-examples=30",
        "data.validation-examples=40",
        "network.name=resnet-8",
        "network.width=4",
        "training.epochs=2",
        "training.global-batch-size=20",
        "training.threads-per-worker=1",
        "averaging.workers=2");
  }

  private static IsonormConfig config(String data) {
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), settings(data)));
  }

  private static String isonorm(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    assertThat(CommandLineInterface.run(new PrintWriter(out), new PrintWriter(err), words))
        .as(err::toString)
        .isZero();
    return out.toString();
  }

  @Test
  void aRunIsTrainedResumedEvaluatedAndReportedThere() throws IOException {
    String data = root + "/data/synthetic";
    Path run = Storage.path(root + "/runs/one");
    TrainingJob.trainOnly(config(data), run, 1, LocalSpark.session(), 1, line -> {});
    assertThat(run.resolve("checkpoints/last.zip")).exists();
    assertThat(run.resolve("model.zip")).doesNotExist();
    TrainingJob.run(config(data), run, true, LocalSpark.session(), line -> {});

    Path here = local.resolve("here");
    TrainingJob.run(
        config(local.resolve("synthetic").toString()),
        here,
        false,
        LocalSpark.session(),
        line -> {});
    assertThat(names(run)).isEqualTo(names(here));
    assertThat(metrics(run)).isEqualTo(metrics(here)).hasSize(2 * 5 + 2);
    assertThat(parameters(run)).isEqualTo(parameters(here));

    JsonNode evaluation = JSON.readTree(isonorm("evaluate", "--run", run.toString(), "--json"));
    assertThat(evaluation.get("examples").asInt()).isEqualTo(30);
    assertThat(evaluation.get("loss"))
        .isEqualTo(JSON.readTree(Files.readString(run.resolve("evaluation.json"))).get("loss"));
    Files.delete(run.resolve("report.html"));
    isonorm("report", run.toString());
    assertThat(Files.readString(run.resolve("report.html"))).contains("resnet-8");
  }

  /** As HDFS keeps what somebody wrote who was killed or failed in mid-write. */
  @Test
  void aLockThatWasNeverClosedIsFollowed() throws IOException {
    Path folder = Storage.path(root + "/locked");
    Files.createDirectories(folder);
    Path file = folder.resolve(FolderLock.FILE);
    OutputStream open = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
    assertThatThrownBy(() -> Files.newOutputStream(file, StandardOpenOption.CREATE_NEW))
        .isInstanceOf(FileAlreadyExistsException.class);
    try (FolderLock lock = Locks.beating(folder, Duration.ofMillis(50))) {
      lock.check();
    }
    assertThat(file).doesNotExist();
    assertThatThrownBy(open::close).isInstanceOf(IOException.class);
  }

  @Test
  void aGridIsTrainedAndResumedThere() throws IOException {
    String grid = root + "/grids/one";
    List<String> words = new ArrayList<>(List.of("grid", "--json", "--output", grid));
    settings(config(root + "/data/grid").data().path())
        .forEach(setting -> words.add("--set=" + setting));
    words.add("--set=training.epochs=1");
    words.add("--set=grid.axes.optimizer.learning-rate=[0.1,0.01]");
    words.add("--set=grid.axes.initialization.init-gamma=[0.4]");
    JsonNode trained = JSON.readTree(isonorm(words.toArray(String[]::new)));
    assertThat(trained.get("done").asInt()).as(trained::toString).isEqualTo(2);
    for (String name : List.of("results.csv", "results.parquet", "grid.json", "report.html")) {
      assertThat(Storage.path(grid).resolve(name)).isNotEmptyFile();
    }
    JsonNode resumed = JSON.readTree(isonorm("grid", "--json", "--resume", grid));
    assertThat(resumed.get("winner")).isEqualTo(trained.get("winner"));
    assertThat(isonorm("report", grid)).contains(grid + "/report.html");
  }

  /** The files of a run; a name of TensorBoard's holds the time. */
  private static List<String> names(Path run) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      return files
          .filter(Files::isRegularFile)
          // The lock's file stays on this machine alone.
          .filter(file -> !file.endsWith(".lock"))
          .map(file -> run.relativize(file).toString().replaceFirst("tfevents.*", "tfevents"))
          .distinct()
          .sorted()
          .toList();
    }
  }

  /** What does not depend on time: the first ten columns. */
  private static List<List<String>> metrics(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .skip(1) // Their names.
        .map(line -> List.of(line.split(",", -1)).subList(0, 10))
        .toList();
  }

  private static byte[] parameters(Path run) throws IOException {
    return FlatParameters.toBytes(
        Checkpoint.load(new RunFolder(run).lastCheckpoint()).graph().params());
  }
}
