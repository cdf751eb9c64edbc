package org.isonorm.spark.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isonorm.spark.config.Secrets;

/** MLflow's REST interface, version 2.0, as far as it is needed. Blocks the thread that calls. */
final class MlflowServer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String API = "/api/2.0/mlflow/";
  private static final String PROXY = "/api/2.0/mlflow-artifacts/artifacts/";
  private static final String PROXIED = "mlflow-artifacts";
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  /** A model may be large and the way to the server long. */
  private static final Duration UPLOAD = Duration.ofMinutes(10);

  private static final int NOT_FOUND = 404;
  private static final int TIMEOUT = 408;
  private static final int TOO_MANY = 429;
  private static final int REDIRECT = 300;
  private static final int ERROR = 400;
  private static final int SERVER_ERROR = 500;
  private static final int LONGEST_REASON = 300;

  /** Without it, MLflow's pages take an experiment for one of language models. */
  private static final Map<String, String> TRAINING =
      Map.of("key", "mlflow.experimentKind", "value", "custom_model_development");

  private final MlflowSettings settings;
  private final HttpClient client;

  /**
   * What a server answers.
   *
   * @param location where else it wants to be asked, "" for nowhere
   */
  private record Answer(int status, String body, Optional<Duration> retryAfter, String location) {}

  /**
   * A run there.
   *
   * @param id the run's
   * @param artifacts where its artifacts are kept, as the server says it
   */
  record TrackedRun(String id, String experiment, String artifacts) {}

  MlflowServer(MlflowSettings settings) {
    this.settings = settings;
    // A proxy server of HTTP/1 may not understand the offer of an upgrade. Nothing is sent on to
    // another address: a POST would arrive there as a GET, and the password would go along.
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** The id of an experiment, made if there is none of that name. */
  String experiment(String name) throws IOException, InterruptedException {
    Optional<String> found = find(name);
    if (found.isPresent()) {
      return found.get();
    }
    try {
      return post("experiments/create", Map.of("name", name, "tags", List.of(TRAINING)))
          .path("experiment_id")
          .asText();
    } catch (RefusedException e) {
      // Somebody else may just have made it.
      return find(name).orElseThrow(() -> e);
    }
  }

  private Optional<String> find(String name) throws IOException, InterruptedException {
    Answer answer =
        send(
            request(
                    API
                        + "experiments/get-by-name?experiment_name="
                        + URLEncoder.encode(name, StandardCharsets.UTF_8))
                .GET()
                .timeout(ANSWER));
    if (answer.status() == NOT_FOUND && answer.body().contains("RESOURCE_DOES_NOT_EXIST")) {
      return Optional.empty();
    }
    JsonNode experiment = checked(answer).path("experiment");
    if (experiment.path("lifecycle_stage").asText().equals("deleted")) {
      throw new RefusedException(
          String.format(
              Locale.ROOT,
              "the experiment %s was deleted there (restore it, or set run.mlflow.experiment)",
              name));
    }
    return Optional.of(experiment.path("experiment_id").asText());
  }

  TrackedRun createRun(String experiment, String name, long start, Map<String, String> tags)
      throws IOException, InterruptedException {
    JsonNode info =
        post(
                "runs/create",
                Map.of(
                    "experiment_id",
                    experiment,
                    "run_name",
                    name,
                    "start_time",
                    start,
                    "tags",
                    pairs(tags)))
            .path("run")
            .path("info");
    return run(info);
  }

  /** A run that there is. */
  TrackedRun run(String id) throws IOException, InterruptedException {
    Answer answer =
        send(
            request(API + "runs/get?run_id=" + URLEncoder.encode(id, StandardCharsets.UTF_8))
                .GET()
                .timeout(ANSWER));
    return run(checked(answer).path("run").path("info"));
  }

  private static TrackedRun run(JsonNode info) {
    return new TrackedRun(
        info.path("run_id").asText(),
        info.path("experiment_id").asText(),
        info.path("artifact_uri").asText());
  }

  /** A metric at a step. */
  record Metric(String key, double value, long timestamp, long step) {}

  void logMetrics(String run, List<Metric> metrics) throws IOException, InterruptedException {
    post("runs/log-batch", Map.of("run_id", run, "metrics", metrics));
  }

  void logParameters(String run, Map<String, String> parameters)
      throws IOException, InterruptedException {
    post("runs/log-batch", Map.of("run_id", run, "params", pairs(parameters)));
  }

  void update(String run, String status, Optional<Long> end)
      throws IOException, InterruptedException {
    post(
        "runs/update",
        end.isPresent()
            ? Map.of("run_id", run, "status", status, "end_time", end.get())
            : Map.of("run_id", run, "status", status));
  }

  /**
   * Sends a file by the server, which keeps it wherever it keeps artifacts.
   *
   * @throws RefusedException if the server does not take them
   */
  void upload(TrackedRun run, Path file, String name) throws IOException, InterruptedException {
    URI store = URI.create(run.artifacts().replace(" ", "%20"));
    if (!PROXIED.equals(store.getScheme())) {
      throw new RefusedException(
          String.format(
              Locale.ROOT,
              "it keeps artifacts in %s and does not take them itself (start mlflow server with --serve-artifacts)",
              run.artifacts()));
    }
    BodyPublisher content;
    try {
      content = BodyPublishers.ofFile(file);
    } catch (FileNotFoundException e) {
      throw new RefusedException("there is no " + file);
    }
    String folder = store.getRawPath().replaceFirst("^/+", "");
    String escaped = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    checked(
        send(
            request(PROXY + folder + "/" + escaped)
                .PUT(content)
                .header("Content-Type", "application/octet-stream")
                .timeout(UPLOAD)));
  }

  /** A tag or a parameter. */
  private record Pair(String key, String value) {}

  private static List<Pair> pairs(Map<String, String> values) {
    return values.entrySet().stream()
        .map(entry -> new Pair(entry.getKey(), entry.getValue()))
        .toList();
  }

  private JsonNode post(String method, Object body) throws IOException, InterruptedException {
    return checked(
        send(
            request(API + method)
                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .header("Content-Type", "application/json")
                .timeout(ANSWER)));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(settings.server() + path));
    settings.authorization().ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(
          response.statusCode(),
          response.body(),
          response.headers().firstValue("Retry-After").flatMap(MlflowServer::seconds),
          response.headers().firstValue("Location").orElse(""));
    } catch (HttpTimeoutException e) {
      throw new UnavailableException("it does not answer in time", Optional.empty(), e);
    } catch (ConnectException e) {
      throw new UnavailableException("it cannot be reached", Optional.empty(), e);
    } catch (IOException e) {
      throw new UnavailableException(
          String.format(Locale.ROOT, "the connection broke (%s)", e.getMessage()),
          Optional.empty(),
          e);
    }
  }

  private static Optional<Duration> seconds(String header) {
    return header.matches("\\d{1,6}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(header)))
        : Optional.empty();
  }

  private static JsonNode checked(Answer answer) throws IOException {
    if (answer.status() < REDIRECT) {
      try {
        return JSON.readTree(answer.body().isBlank() ? "{}" : answer.body());
      } catch (JsonProcessingException e) {
        throw new RefusedException("its answer is not MLflow's (is it another server?)");
      }
    }
    if (answer.status() < ERROR) {
      throw new RefusedException(
          String.format(
              Locale.ROOT,
              "it answers %d: see %s (set run.mlflow.tracking-uri to where it is)",
              answer.status(),
              Secrets.withholdUsers(answer.location())));
    }
    String reason =
        String.format(Locale.ROOT, "it answers %d: %s", answer.status(), reason(answer.body()));
    if (answer.status() >= SERVER_ERROR
        || answer.status() == TOO_MANY
        || answer.status() == TIMEOUT) {
      throw new UnavailableException(reason, answer.retryAfter(), null);
    }
    throw new RefusedException(reason);
  }

  private static String reason(String body) {
    String text = body;
    try {
      JsonNode json = JSON.readTree(body);
      text = json.path("error_code").asText() + ": " + json.path("message").asText();
    } catch (JsonProcessingException e) {
      // A page of whoever stands before the server.
    }
    String line = text.strip().lines().findFirst().orElse("");
    return line.length() > LONGEST_REASON ? line.substring(0, LONGEST_REASON) + "…" : line;
  }

  /** The server may answer later. */
  static final class UnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> retryAfter;

    UnavailableException(String reason, Optional<Duration> retryAfter, Throwable cause) {
      super(reason, cause);
      this.retryAfter = retryAfter;
    }

    /** When it wants to be asked again, if it says so. */
    Optional<Duration> retryAfter() {
      return retryAfter;
    }
  }

  /** The server does not want this, now or later. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String reason) {
      super(reason);
    }
  }
}
