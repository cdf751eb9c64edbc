package org.isonorm.spark.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.spark.launcher.JavaModuleOptions;
import org.apache.spark.network.util.JavaUtils;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.storage.ShellLine;

/**
 * Starts, asks and stops a standalone Spark master and its workers on this machine. They listen on
 * the loopback interface alone. A folder remembers their processes between commands and holds their
 * logs.
 */
public final class LocalCluster {
  private static final String HOST = "127.0.0.1";
  private static final String STATE = "cluster.json";
  private static final String MASTER_CLASS = "org.apache.spark.deploy.master.Master";
  private static final String WORKER_CLASS = "org.apache.spark.deploy.worker.Worker";

  /** They pass messages on: Java's second compiler and several collectors would only delay them. */
  private static final List<String> DAEMON_OPTIONS =
      List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration NOTE_TIMEOUT = Duration.ofSeconds(5);
  private static final long POLL_MILLISECONDS = 200;
  private static final int LOG_LINES = 5;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  /** What the folder remembers. */
  record State(String master, String webUi, List<ClusterProcess> processes) {}

  /**
   * The cluster of a folder, running or not.
   *
   * @param folder its folder, made by {@link #start}
   */
  public LocalCluster(Path folder) {
    this.folder = folder.toAbsolutePath();
  }

  /**
   * Starts the cluster and waits until every worker has registered.
   *
   * @param sparkHome a folder with Spark's {@code jars}
   * @param configuration a folder with {@code log4j2.properties} and {@code spark-defaults.conf}
   *     for master, workers and executors, or none
   * @throws IllegalArgumentException if it runs already or the port is taken
   * @throws IOException if a process ends or does not answer
   */
  public ClusterStatus start(ClusterSettings settings, Path sparkHome, Optional<Path> configuration)
      throws IOException {
    if (!Files.isDirectory(sparkHome.resolve("jars"))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid SPARK_HOME: %s has no folder jars (set it to a Spark 3.5 installation, or unset it to use the embedded runtime)",
              sparkHome));
    }
    Optional<State> before = state();
    if (before.isPresent() && anyRuns(before.get())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --folder: the cluster of %s is running at %s (stop it with: %s)",
              folder,
              before.get().master(),
              ShellLine.isonorm("cluster", "stop", "--folder", folder)));
    }
    makeFolder();
    int port = settings.port() == 0 ? freePort() : settings.port();
    if (!isFree(port)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --port: %d is in use (choose another one, or 0 for any)",
              port));
    }
    String webUi = String.format(Locale.ROOT, "http://%s:%d", HOST, freePort());
    String master = String.format(Locale.ROOT, "spark://%s:%d", HOST, port);
    List<ClusterProcess> processes = new ArrayList<>();
    try {
      processes.add(
          launch(
              "master",
              sparkHome,
              configuration,
              List.of(
                  MASTER_CLASS,
                  "--host",
                  HOST,
                  "--port",
                  String.valueOf(port),
                  "--webui-port",
                  String.valueOf(URI.create(webUi).getPort()))));
      remember(new State(master, webUi, processes));
      for (int worker = 1; worker <= settings.workers(); worker++) {
        processes.add(
            launch(
                "worker-" + worker,
                sparkHome,
                configuration,
                List.of(
                    WORKER_CLASS,
                    "--host",
                    HOST,
                    "--webui-port",
                    String.valueOf(freePort()),
                    "--cores",
                    String.valueOf(settings.coresPerWorker()),
                    "--memory",
                    settings.memoryMebibytes() + "m",
                    "--work-dir",
                    folder.resolve("work-" + worker).toString(),
                    master)));
        remember(new State(master, webUi, processes));
      }
      return awaitWorkers(new State(master, webUi, processes), settings.workers());
    } catch (IOException | RuntimeException e) {
      stop();
      throw e;
    }
  }

  private void makeFolder() throws IOException {
    Path logs = folder.resolve("logs");
    String reason = "";
    IOException cause = null;
    try {
      Files.createDirectories(logs);
      if (!Files.isWritable(folder) || !Files.isWritable(logs)) {
        reason = "it is not yours to write to";
      }
    } catch (IOException e) {
      reason = AtomicFiles.reason(e);
      cause = e;
    }
    if (!reason.isEmpty()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot make the cluster's folder %s: %s (choose another one, as in: %s)",
              folder,
              reason,
              ShellLine.isonorm("cluster", "start", "--folder", "/tmp/cluster")),
          cause);
    }
  }

  /**
   * What the cluster says of itself.
   *
   * @return nothing if none runs
   * @throws IOException if its master runs but does not answer
   */
  public Optional<ClusterStatus> status() throws IOException {
    Optional<State> state = state();
    if (state.isEmpty() || !state.get().processes().get(0).runs()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ask(state.get()));
    } catch (IOException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot reach the master at %s: %s (see %s)",
              state.get().webUi(),
              e.getMessage(),
              log("master")),
          e);
    }
  }

  /**
   * Stops every process of the cluster: first the workers, which end their executors. Those that do
   * not end within 15 s, all together, are killed.
   *
   * @return the processes that were stopped
   * @throws IOException if one outlives even that
   */
  public int stop() throws IOException {
    Optional<State> state = state();
    if (state.isEmpty()) {
      return 0;
    }
    List<ClusterProcess> lastFirst = new ArrayList<>(state.get().processes());
    Collections.reverse(lastFirst);
    List<ClusterProcess> running = lastFirst.stream().filter(ClusterProcess::runs).toList();
    running.forEach(process -> process.handle().ifPresent(ProcessHandle::destroy));
    if (!all(running, process -> !process.runs(), STOP_TIMEOUT)) {
      running.forEach(process -> process.handle().ifPresent(ProcessHandle::destroyForcibly));
      if (!all(running, process -> !process.runs(), KILL_TIMEOUT)) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot stop the cluster of %s: processes %s do not end (end them by kill -9, then stop again)",
                folder,
                running.stream()
                    .filter(ClusterProcess::runs)
                    .map(process -> Long.toString(process.pid()))
                    .collect(Collectors.joining(", "))));
      }
    }
    // Whoever lists processes afterwards should find none of them; but nobody may take note.
    all(running, ClusterProcess::isGone, NOTE_TIMEOUT);
    Files.deleteIfExists(folder.resolve(STATE));
    return running.size();
  }

  /** Waits until all processes are so, no longer than given for all of them. */
  private static boolean all(
      List<ClusterProcess> processes, Predicate<ClusterProcess> are, Duration atMost)
      throws IOException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!processes.stream().allMatch(are)) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      pause();
    }
    return true;
  }

  private ClusterProcess launch(
      String role, Path sparkHome, Optional<Path> configuration, List<String> command)
      throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(DAEMON_OPTIONS);
    Collections.addAll(words, JavaModuleOptions.defaultModuleOptions().split(" +"));
    words.add("-cp");
    String jars = sparkHome.resolve("jars") + "/*";
    words.add(configuration.map(path -> path + java.io.File.pathSeparator + jars).orElse(jars));
    words.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log(role).toFile());
    builder.environment().put("SPARK_HOME", sparkHome.toAbsolutePath().toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.12");
    builder.environment().put("SPARK_LOCAL_IP", HOST);
    configuration.ifPresent(
        path -> builder.environment().put("SPARK_CONF_DIR", path.toAbsolutePath().toString()));
    return ClusterProcess.of(role, builder.start().toHandle());
  }

  private ClusterStatus awaitWorkers(State state, int workers) throws IOException {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (true) {
      for (ClusterProcess process : state.processes()) {
        if (!process.runs()) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "Cannot start the cluster: its %s has ended (%s: %s)",
                  process.role(),
                  log(process.role()),
                  lastLines(process.role())));
        }
      }
      int registered = 0;
      try {
        ClusterStatus status = ask(state);
        registered = status.liveWorkers();
        if (registered == workers) {
          return status;
        }
      } catch (IOException e) {
        // The master does not answer yet.
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Cannot start the cluster: %d of %d workers registered within %d s (is the machine busy? try again, or with fewer --workers; %s says more)",
                registered,
                workers,
                START_TIMEOUT.toSeconds(),
                folder.resolve("logs")));
      }
      pause();
    }
  }

  private ClusterStatus ask(State state) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(state.webUi() + "/json/"))
            .timeout(ANSWER_TIMEOUT)
            .build();
    try {
      HttpResponse<String> response =
          HttpClient.newBuilder()
              .connectTimeout(ANSWER_TIMEOUT)
              .build()
              .send(request, HttpResponse.BodyHandlers.ofString());
      JsonNode answer = JSON.readTree(response.body());
      List<String> applications = new ArrayList<>();
      answer.path("activeapps").forEach(app -> applications.add(app.path("name").asText()));
      return new ClusterStatus(
          state.master(),
          state.webUi(),
          folder.toString(),
          answer.path("aliveworkers").asInt(),
          answer.path("cores").asInt(),
          answer.path("coresused").asInt(),
          answer.path("memory").asLong(),
          answer.path("memoryused").asLong(),
          applications);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while asking " + state.webUi(), e);
    }
  }

  private Optional<State> state() throws IOException {
    Path file = folder.resolve(STATE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(Files.readAllBytes(file), State.class))
          .filter(state -> !state.processes().isEmpty());
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s, which remembers the cluster's processes: it is damaged (end them by their numbers, as jps lists them, and delete it)",
              file),
          e);
    }
  }

  private void remember(State state) throws IOException {
    Files.write(folder.resolve(STATE), JSON.writeValueAsBytes(state));
  }

  private static boolean anyRuns(State state) {
    return state.processes().stream().anyMatch(ClusterProcess::runs);
  }

  private Path log(String role) {
    return folder.resolve("logs").resolve(role + ".log");
  }

  private String lastLines(String role) throws IOException {
    List<String> lines = Files.readAllLines(log(role));
    return String.join(" | ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(POLL_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while waiting for the cluster", e);
    }
  }

  /** Memory in MiB, as Spark reads it: 2g, 1500m. */
  public static int mebibytes(String text) {
    try {
      return Math.toIntExact(JavaUtils.byteStringAsMb(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid --memory: %s (must be a size, as in 2g or 1500m)", text),
          e);
    }
  }
}
