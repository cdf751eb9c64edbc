package org.isonorm.spark.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A small tracking server that keeps what it is told, and answers as badly as a test wants. */
public final class FakeMlflow implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Request> requests = new ArrayList<>();
  private final Map<String, String> experiments = new HashMap<>();
  private Function<Request, Answer> before = request -> null;
  private String artifacts = "mlflow-artifacts:/7/%s/artifacts";
  private int runs;

  /** What came. */
  public record Request(String method, String path, String authorization, String text) {
    public JsonNode json() {
      try {
        return JSON.readTree(text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** What goes back, with headers Retry-After and Location unless they are empty. */
  record Answer(int status, String body, String retryAfter, String location) {
    Answer(int status, String body, String retryAfter) {
      this(status, body, retryAfter, "");
    }
  }

  public FakeMlflow() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Answers requests first, if it gives an answer. */
  synchronized void answer(Function<Request, Answer> first) {
    before = first;
  }

  synchronized void keepArtifactsAt(String uri) {
    artifacts = uri;
  }

  synchronized void addExperiment(String name, String stage) {
    experiments.put(name, stage);
  }

  private void handle(HttpExchange exchange) throws IOException {
    Request request =
        new Request(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            exchange.getRequestHeaders().getFirst("Authorization"),
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Function<Request, Answer> first;
    synchronized (this) {
      first = before;
    }
    Answer answer = first.apply(request); // which may take as long as it likes
    synchronized (this) {
      if (answer == null) {
        requests.add(request);
        answer = usual(request);
      }
    }
    if (!answer.retryAfter().isEmpty()) {
      exchange.getResponseHeaders().add("Retry-After", answer.retryAfter());
    }
    if (!answer.location().isEmpty()) {
      exchange.getResponseHeaders().add("Location", answer.location());
    }
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private Answer usual(Request request) {
    String path = request.path();
    if (path.contains("/experiments/get-by-name?experiment_name=")) {
      String name = path.substring(path.indexOf('=') + 1);
      String stage = experiments.get(name);
      return stage == null
          ? new Answer(
              404, "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"no\"}", "")
          : new Answer(
              200,
              "{\"experiment\": {\"experiment_id\": \"7\", \"lifecycle_stage\": \"%s\"}}"
                  .formatted(stage),
              "");
    }
    if (path.endsWith("/experiments/create")) {
      experiments.put(request.json().path("name").asText(), "active");
      return new Answer(200, "{\"experiment_id\": \"7\"}", "");
    }
    if (path.endsWith("/runs/create")) {
      return run("run-" + ++runs);
    }
    if (path.contains("/runs/get?run_id=")) {
      return run(path.substring(path.indexOf('=') + 1));
    }
    return new Answer(200, "{}", "");
  }

  private Answer run(String id) {
    return new Answer(
        200,
        "{\"run\": {\"info\": {\"run_id\": \"%s\", \"experiment_id\": \"7\", \"artifact_uri\": \"%s\"}}}"
            .formatted(id, artifacts.formatted(id)),
        "");
  }

  /** What was taken, in order. */
  public synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  /** What was taken by a method whose path ends so. */
  public List<Request> requests(String end) {
    return requests().stream().filter(request -> request.path().endsWith(end)).toList();
  }

  /** All metrics of a run by key, in order. */
  public Map<String, List<JsonNode>> metrics(String run) {
    Map<String, List<JsonNode>> metrics = new HashMap<>();
    for (Request request : requests("/runs/log-batch")) {
      if (request.json().path("run_id").asText().equals(run)) {
        request
            .json()
            .path("metrics")
            .forEach(
                metric ->
                    metrics
                        .computeIfAbsent(metric.path("key").asText(), key -> new ArrayList<>())
                        .add(metric));
      }
    }
    return metrics;
  }

  /** All parameters of a run. */
  public Map<String, String> parameters(String run) {
    Map<String, String> parameters = new HashMap<>();
    for (Request request : requests("/runs/log-batch")) {
      if (request.json().path("run_id").asText().equals(run)) {
        request
            .json()
            .path("params")
            .forEach(
                pair -> parameters.put(pair.path("key").asText(), pair.path("value").asText()));
      }
    }
    return parameters;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
