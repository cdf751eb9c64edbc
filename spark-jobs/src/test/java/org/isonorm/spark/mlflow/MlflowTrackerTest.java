package org.isonorm.spark.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.isonorm.spark.mlflow.FakeMlflow.Answer;
import org.isonorm.spark.mlflow.FakeMlflow.Request;
import org.isonorm.spark.mlflow.MlflowTracker.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowTrackerTest {
  private static final MlflowTracker.Patience SHORT =
      new MlflowTracker.Patience(
          Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofMinutes(1));

  /** Also of a server that refused, until it has answered. */
  private static final MlflowTracker.Patience LONG =
      new MlflowTracker.Patience(
          Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMinutes(1), Duration.ofMinutes(1));

  @TempDir Path folder;

  private FakeMlflow server;
  private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void start() throws IOException {
    server = new FakeMlflow();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private MlflowTracker open() {
    return open(server.address(), SHORT);
  }

  private MlflowTracker open(String address, MlflowTracker.Patience patience) {
    return MlflowTracker.open(
        new MlflowSettings(URI.create(address), Optional.of("Basic abc"), "cifar", "first"),
        patience,
        notes::add);
  }

  private static MlflowTracker.Run begin(MlflowTracker tracker) {
    return tracker.begin(
        "first", Optional.empty(), Map.of("mlflow.user", "ada"), Map.of("a.b", "1"), id -> {});
  }

  private static Answer error(int status) {
    return new Answer(status, "{\"error_code\": \"E\", \"message\": \"because\"}", "");
  }

  @Test
  void tellsOfARunFromItsBeginningToItsEnd() throws IOException {
    Path report = Files.writeString(folder.resolve("a report.html"), "<p>hello");
    List<String> ids = new ArrayList<>();
    try (MlflowTracker tracker = open()) {
      MlflowTracker.Run run =
          tracker.begin(
              "first",
              Optional.empty(),
              Map.of("mlflow.user", "ada"),
              Map.of("optimizer.learning-rate", "0.1"),
              ids::add);
      run.metrics(5, Map.of("epoch/validation accuracy", 0.25));
      run.metrics(10, Map.of("epoch/validation accuracy", Double.NaN));
      run.artifact(report);
      run.end(Status.FINISHED);
    }
    assertThat(ids).containsExactly("run-1");
    assertThat(notes)
        .containsExactly(
            "MLflow shows the run at " + server.address() + "/#/experiments/7/runs/run-1");
    assertThat(server.requests()).extracting(Request::authorization).containsOnly("Basic abc");
    JsonNode created = server.requests("/runs/create").get(0).json();
    assertThat(created.path("experiment_id").asText()).isEqualTo("7");
    assertThat(created.path("run_name").asText()).isEqualTo("first");
    assertThat(created.path("start_time").asLong()).isPositive();
    assertThat(created.path("tags").toString())
        .isEqualTo("[{\"key\":\"mlflow.user\",\"value\":\"ada\"}]");
    assertThat(server.parameters("run-1")).containsEntry("optimizer.learning-rate", "0.1");
    List<JsonNode> accuracy = server.metrics("run-1").get("epoch/validation accuracy");
    assertThat(accuracy)
        .extracting(metric -> metric.path("step").asLong())
        .containsExactly(5L, 10L);
    assertThat(accuracy.get(0).path("value").asDouble()).isEqualTo(0.25);
    assertThat(accuracy.get(1).path("value").asText()).isEqualTo("NaN");
    Request upload =
        server
            .requests("/api/2.0/mlflow-artifacts/artifacts/7/run-1/artifacts/a%20report.html")
            .get(0);
    assertThat(upload.method()).isEqualTo("PUT");
    assertThat(upload.text()).isEqualTo("<p>hello");
    Request last = server.requests().get(server.requests().size() - 1);
    assertThat(last.path()).endsWith("/runs/update");
    assertThat(last.json().path("status").asText()).isEqualTo("FINISHED");
    assertThat(last.json().path("end_time").asLong())
        .isGreaterThanOrEqualTo(created.path("start_time").asLong());
  }

  @Test
  void manyNumbersAreFewRequestsAndLongValuesAreCut() {
    Map<String, String> parameters = new LinkedHashMap<>();
    IntStream.range(0, 150).forEach(i -> parameters.put("key." + i, "x".repeat(600)));
    CountDownLatch running = new CountDownLatch(1);
    server.answer(
        request -> {
          await(running);
          return null;
        });
    try (MlflowTracker tracker = open()) {
      MlflowTracker.Run run =
          tracker.begin("first", Optional.empty(), Map.of(), parameters, id -> {});
      for (int step = 0; step < 700; step++) {
        run.metrics(step, Map.of("a", 1.0 * step, "b", 2.0 * step));
      }
      running.countDown();
    }
    assertThat(server.parameters("run-1")).hasSize(150);
    assertThat(server.parameters("run-1").get("key.3")).hasSize(500).endsWith("x…");
    assertThat(server.metrics("run-1").get("b")).hasSize(700);
    List<Request> batches = server.requests("/runs/log-batch");
    assertThat(batches).hasSize(2 + 2);
    assertThat(batches)
        .allMatch(
            request ->
                request.json().path("metrics").size() <= 1_000
                    && request.json().path("params").size() <= 100);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whatAServerCannotTakeIsTriedAgainAndSaidOnce() {
    // Else the experiment would be looked for again before each try to make it.
    server.addExperiment("cifar", "active");
    AtomicInteger count = new AtomicInteger();
    int[] answers = {500, 503, 429, 408};
    server.answer(
        request -> {
          int number = count.getAndIncrement();
          int status = number % 5 < 4 ? answers[number % 5] : 0;
          return status == 0 ? null : new Answer(status, "overloaded", status == 429 ? "3600" : "");
        });
    try (MlflowTracker tracker = open(server.address(), LONG)) {
      MlflowTracker.Run run = begin(tracker);
      run.metrics(1, Map.of("loss", 2.0));
      waitFor(() -> !server.requests("/runs/log-batch").isEmpty());
      waitFor(() -> server.metrics("run-1").containsKey("loss"));
      run.end(Status.FAILED);
      waitFor(() -> !server.requests("/runs/update").isEmpty());
    }
    assertThat(server.metrics("run-1").get("loss")).hasSize(1);
    assertThat(server.parameters("run-1")).containsEntry("a.b", "1");
    assertThat(notes)
        .containsExactly(
            "Cannot track the run at %s: it answers 500: overloaded; it goes on, and is tracked when the server answers"
                .formatted(server.address()),
            "MLflow shows the run at %s/#/experiments/7/runs/run-1".formatted(server.address()));
  }

  private static void waitFor(java.util.function.BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void aServerThatIsNotThereCostsTheRunNothing() throws IOException {
    String nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = "http://127.0.0.1:" + socket.getLocalPort();
    }
    try (MlflowTracker tracker = open(nobody, SHORT)) {
      MlflowTracker.Run run = begin(tracker);
      for (int step = 0; step < 30_000; step++) {
        run.metrics(step, Map.of("loss", 1.0));
      }
      run.end(Status.FINISHED);
      waitFor(() -> !notes.isEmpty());
    }
    assertThat(notes).hasSize(2);
    assertThat(notes.get(0))
        .isEqualTo(
            "Cannot track the run at %s: it cannot be reached; it goes on, and is tracked when the server answers"
                .formatted(nobody));
    // The beginning, the parameters, the end, and a row a step.
    assertThat(notes.get(1))
        .isEqualTo(
            "30003 entries of the run are not at %s: it cannot be reached (its folder has them)"
                .formatted(nobody));
  }

  @Test
  void aServerThatHangsHoldsNobodyUp() {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    server.answer(
        request -> {
          asked.countDown();
          await(hanging);
          return null;
        });
    try (MlflowTracker tracker = open()) {
      MlflowTracker.Run run = begin(tracker);
      await(asked);
      for (int step = 0; step < 1_000; step++) {
        run.metrics(step, Map.of("loss", 1.0));
      }
      run.end(Status.FINISHED);
      assertThat(server.requests()).isEmpty(); // All of it was taken while the server hung.
      hanging.countDown();
    }
    assertThat(server.metrics("run-1").get("loss")).hasSize(1_000);
    assertThat(server.requests("/runs/update")).hasSize(1);
    assertThat(notes).hasSize(1);
  }

  @Test
  void aServerThatRefusesIsNotAskedAgain() {
    server.answer(request -> request.path().endsWith("/runs/create") ? error(403) : null);
    try (MlflowTracker tracker = open()) {
      MlflowTracker.Run run = begin(tracker);
      waitFor(() -> !notes.isEmpty());
      run.metrics(1, Map.of("loss", 1.0));
      run.end(Status.FINISHED);
    }
    assertThat(notes)
        .containsExactly(
            "Cannot begin the run at %s: it answers 403: E: because".formatted(server.address()));
    assertThat(server.requests("/runs/log-batch")).isEmpty();
  }

  @Test
  void aRefusedEntryIsSaidOnceAndTheOthersGoOn() {
    server.answer(
        request ->
            request.path().endsWith("/log-batch") && request.json().has("metrics")
                ? error(400)
                : null);
    try (MlflowTracker tracker = open()) {
      MlflowTracker.Run run = begin(tracker);
      for (int step = 0; step < 3; step++) {
        run.metrics(step, Map.of("loss", 1.0));
        run.end(Status.FINISHED);
      }
    }
    assertThat(server.requests("/runs/update")).hasSize(3);
    assertThat(server.parameters("run-1")).isNotEmpty();
    assertThat(notes)
        .containsExactly(
            "MLflow shows the run at %s/#/experiments/7/runs/run-1".formatted(server.address()),
            "Cannot send metrics at %s: it answers 400: E: because".formatted(server.address()),
            "3 entries of the run are not at %s: it answers 400: E: because (its folder has them)"
                .formatted(server.address()));
  }

  @Test
  void experimentsAreFoundOrMadeButNotRaisedFromTheDead() {
    server.addExperiment("cifar", "active");
    try (MlflowTracker tracker = open()) {
      begin(tracker);
    }
    assertThat(server.requests("/experiments/create")).isEmpty();
    assertThat(server.requests("/runs/create")).hasSize(1);
    notes.clear();

    server.addExperiment("cifar", "deleted");
    try (MlflowTracker tracker = open()) {
      begin(tracker);
    }
    assertThat(notes)
        .containsExactly(
            "Cannot begin the run at %s: the experiment cifar was deleted there (restore it, or set run.mlflow.experiment)"
                .formatted(server.address()));
  }

  @Test
  void anExperimentThatSomebodyElseMakesMeanwhileIsUsed() {
    server.answer(
        request -> {
          if (!request.path().endsWith("/experiments/create")) {
            return null;
          }
          server.addExperiment("cifar", "active");
          return error(400);
        });
    try (MlflowTracker tracker = open()) {
      begin(tracker);
    }
    assertThat(server.requests("/runs/create")).hasSize(1);
  }

  @Test
  void aPartOfARunNamesItsParent() {
    try (MlflowTracker tracker = open()) {
      MlflowTracker.Run parent = begin(tracker);
      MlflowTracker.Run part =
          tracker.begin("trial", Optional.of(parent), Map.of(), Map.of("x", "2"), id -> {});
      part.metrics(1, Map.of("loss", 3.0));
      part.end(Status.FINISHED);
      parent.end(Status.FINISHED);
    }
    assertThat(server.requests("/runs/create").get(1).json().path("tags").toString())
        .isEqualTo("[{\"key\":\"mlflow.parentRunId\",\"value\":\"run-1\"}]");
    assertThat(server.metrics("run-2")).containsKey("loss");
    assertThat(server.parameters("run-2")).isEqualTo(Map.of("x", "2"));
    assertThat(notes).hasSize(1);
  }

  @Test
  void aRunGoesOnUnderItsId() {
    try (MlflowTracker tracker = open()) {
      tracker.resume("run-9").metrics(3, Map.of("loss", 1.0));
    }
    assertThat(server.requests("/runs/create")).isEmpty();
    assertThat(server.requests("/runs/update").get(0).json().path("status").asText())
        .isEqualTo("RUNNING");
    assertThat(server.metrics("run-9")).containsKey("loss");
  }

  @Test
  void artifactsNeedAServerThatTakesThem() throws IOException {
    server.keepArtifactsAt("s3://bucket/7/%s/artifacts");
    Path file = Files.writeString(folder.resolve("model.zip"), "x");
    try (MlflowTracker tracker = open()) {
      MlflowTracker.Run run = begin(tracker);
      run.artifact(file);
      run.end(Status.FINISHED);
    }
    assertThat(notes.get(1))
        .isEqualTo(
            "Cannot send model.zip at %s: it keeps artifacts in s3://bucket/7/run-1/artifacts and does not take them itself (start mlflow server with --serve-artifacts)"
                .formatted(server.address()));
    assertThat(server.requests("/runs/update")).hasSize(1);
  }

  @Test
  void aServerThatSendsElsewhereIsNotFollowed() {
    server.answer(request -> new Answer(302, "", "", "https://ada:secret@login/"));
    try (MlflowTracker tracker = open()) {
      begin(tracker);
    }
    assertThat(notes)
        .containsExactly(
            "Cannot begin the run at %s: it answers 302: see https://(withheld)@login/ (set run.mlflow.tracking-uri to where it is)"
                .formatted(server.address()));
  }

  @Test
  void anotherServerIsToldApart() {
    server.answer(request -> new Answer(200, "<html>Welcome", ""));
    try (MlflowTracker tracker = open()) {
      begin(tracker);
    }
    assertThat(notes)
        .containsExactly(
            "Cannot begin the run at %s: its answer is not MLflow's (is it another server?)"
                .formatted(server.address()));
  }
}
