package org.isonorm.spark.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.grid.GridJob;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.train.LocalSpark;
import org.isonorm.spark.train.TrainingJob;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real tracking server, of a virtual environment under target/ that is made once. Skipped where
 * python3 with venv, or the registry of its packages, is missing.
 */
@Timeout(1_200)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MlflowIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path ENVIRONMENT = Path.of("target", "mlflow-venv").toAbsolutePath();
  private static final long INSTALL_MINUTES = 10;

  /** Installs what the server needs, at fixed versions: without the libraries that train models. */
  private static final Path INSTALLATION =
      Path.of("src", "test", "resources", "mlflow-environment").toAbsolutePath();

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir static Path folder;

  private static Process server;
  private static String address;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    assumeTrue(
        run(INSTALLATION.toString()),
        "MlflowIT is skipped: python3 with venv is missing, or pip cannot install mlflow"
            + " (target/mlflow-install.log; is the registry of packages reached?)");
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    address = "http://127.0.0.1:" + port;
    ProcessBuilder builder =
        new ProcessBuilder(
                ENVIRONMENT.resolve("bin/mlflow").toString(),
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--workers",
                "1",
                "--backend-store-uri",
                "sqlite:///" + folder.resolve("mlflow.db"),
                "--artifacts-destination",
                folder.resolve("artifacts").toString())
            .redirectErrorStream(true)
            .redirectOutput(new File("target/mlflow-server.log"));
    builder.environment().put("MLFLOW_DISABLE_TELEMETRY", "true");
    // Eight processes that no test needs.
    builder.environment().put("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
    server = builder.start();
    while (!isUp()) {
      assertThat(server.isAlive()).as("target/mlflow-server.log says why").isTrue();
      Thread.sleep(200);
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(new File("target/mlflow-install.log"))
              .start();
      boolean ended = process.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES);
      if (!ended) {
        process.destroyForcibly();
      }
      return ended && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isUp() throws InterruptedException {
    try {
      return get("/health").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(address + path)).build(), BodyHandlers.ofString());
  }

  private static JsonNode json(String path) throws IOException, InterruptedException {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      List<ProcessHandle> all =
          Stream.concat(server.descendants(), Stream.of(server.toHandle())).toList();
      all.forEach(ProcessHandle::destroyForcibly);
      all.forEach(process -> process.onExit().join());
    }
  }

  private static IsonormConfig config(String... settings) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.path=" + folder.resolve("synthetic"),
                "data.synthetic.train-examples=100",
                "data.synthetic.test-examples=50",
                "data.validation-examples=20",
                "network.name=resnet-8",
                "network.width=2",
                "training.epochs=2",
                "training.global-batch-size=20",
                "run.mlflow.tracking-uri=\"" + address + "\""));
    all.addAll(Arrays.asList(settings));
    return LocalSpark.withData(IsonormConfig.load(Optional.empty(), all));
  }

  /** The runs of an experiment by their names. */
  private static Map<String, JsonNode> runs(String experiment)
      throws IOException, InterruptedException {
    String id =
        json("/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + experiment)
            .path("experiment")
            .path("experiment_id")
            .asText();
    HttpResponse<String> found =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(address + "/api/2.0/mlflow/runs/search"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"experiment_ids\": [\"%s\"]}".formatted(id)))
                .build(),
            BodyHandlers.ofString());
    Map<String, JsonNode> runs = new HashMap<>();
    JSON.readTree(found.body())
        .path("runs")
        .forEach(run -> runs.put(run.path("info").path("run_name").asText(), run));
    return runs;
  }

  private static Map<String, String> pairs(JsonNode pairs) {
    Map<String, String> map = new HashMap<>();
    pairs.forEach(pair -> map.put(pair.path("key").asText(), pair.path("value").asText()));
    return map;
  }

  @Test
  @Order(1)
  void aRunIsThereWithItsNumbersAndItsModel() throws IOException, InterruptedException {
    Path output = folder.resolve("run");
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    IsonormConfig config =
        config("averaging.workers=2", "run.mlflow.experiment=single", "run.name=first");
    Evaluation evaluation =
        TrainingJob.run(config, output, false, LocalSpark.session(), lines::add);

    assertThat(lines)
        .noneMatch(line -> line.startsWith("Cannot ") && !line.startsWith("Cannot track the run"));
    JsonNode run = runs("single").get("first");
    assertThat(run.path("info").path("status").asText()).isEqualTo("FINISHED");
    assertThat(pairs(run.path("data").path("params")))
        .containsEntry("network.name", "resnet-8")
        .hasSizeGreaterThan(60);
    assertThat(Double.parseDouble(pairs(run.path("data").path("metrics")).get("test/accuracy")))
        .isEqualTo(evaluation.top1Accuracy());
    String id = run.path("info").path("run_id").asText();
    JsonNode history =
        json("/api/2.0/mlflow/metrics/get-history?metric_key=round/training%20loss&run_id=" + id);
    assertThat(history.path("metrics")).hasSize(8);
    String artifacts =
        run.path("info").path("artifact_uri").asText().replace("mlflow-artifacts:/", "");
    for (String name : List.of("model.zip", "report.html", "config.conf")) {
      assertThat(folder.resolve("artifacts").resolve(artifacts).resolve(name))
          .hasSameBinaryContentAs(output.resolve(name));
    }
  }

  @Test
  @Order(2)
  void aGridIsARunWithItsTrialsInIt() throws IOException, InterruptedException {
    GridJob.run(
        config(
            "averaging.workers=1",
            "training.threads-per-worker=1",
            "run.mlflow.experiment=grid",
            "run.name=search",
            "grid.axes.optimizer.learning-rate=[0.1, 0.01]",
            "grid.parallel-trials=2"),
        new GridJob.Start.New(folder.resolve("search")),
        LocalSpark.session(),
        line -> {});

    Map<String, JsonNode> runs = runs("grid");
    assertThat(runs).hasSize(3);
    String parent = runs.remove("search").path("info").path("run_id").asText();
    for (JsonNode trial : runs.values()) {
      assertThat(pairs(trial.path("data").path("tags")))
          .containsEntry("mlflow.parentRunId", parent);
      assertThat(pairs(trial.path("data").path("params"))).containsKey("optimizer.learning-rate");
      assertThat(pairs(trial.path("data").path("metrics")))
          .containsKeys("epoch/validation accuracy", "best validation accuracy");
      assertThat(trial.path("info").path("status").asText()).isEqualTo("FINISHED");
    }
  }

  @Test
  @Order(3)
  void aServerThatIsKilledInMidRunStopsNothing() throws IOException {
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    Path output = folder.resolve("orphan");
    TrainingJob.run(
        config("averaging.workers=2", "run.name=orphan", "training.epochs=3"),
        output,
        false,
        LocalSpark.session(),
        lines::add,
        List.of(
            row -> {
              if (row.epoch() == 2) {
                while (lines.stream().noneMatch(line -> line.startsWith("MLflow shows"))) {
                  Thread.onSpinWait();
                }
                stop();
              }
            }));
    assertThat(output.resolve("model.zip")).isRegularFile();
    // A machine with much to do may say first that the server is slow.
    assertThat(lines)
        .filteredOn(line -> line.contains(" at " + address))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).startsWith("MLflow shows the run at "),
            line ->
                assertThat(line)
                    .startsWith("Cannot track the run at ")
                    .endsWith("; it goes on, and is tracked when the server answers"),
            line -> assertThat(line).endsWith("(its folder has them)"));
  }
}
