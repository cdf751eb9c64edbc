package org.isonorm.spark.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Secrets;
import org.isonorm.spark.mlflow.MlflowTracker.Run;
import org.isonorm.spark.mlflow.MlflowTracker.Status;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.BuildProperties;

/**
 * A run's or a grid's folder, of which MLflow is told. {@code mlflow.json} in it says under which
 * id, so that a folder that goes on is one run there. Lives on the driver.
 */
public final class TrackedFolder implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "mlflow.json";
  private static final String SERVER = "server";
  private static final String RUN = "runId";

  private final MlflowSettings settings;
  private final IsonormConfig config;
  private final Path folder;
  private final String source;
  private final Consumer<String> notes;
  private final MlflowTracker tracker;
  private Run run;
  private boolean ended;

  private TrackedFolder(
      MlflowSettings settings,
      IsonormConfig config,
      Path folder,
      String source,
      Consumer<String> notes) {
    this.settings = settings;
    this.config = config;
    this.folder = folder;
    this.source = source;
    this.notes = notes;
    this.tracker = MlflowTracker.open(settings, notes);
  }

  /**
   * The folder of a configuration, if this or the environment names a tracking server.
   *
   * @param source what made the folder, as in "isonorm train"
   * @param notes takes a sentence now and then, from another thread
   */
  public static Optional<TrackedFolder> of(
      IsonormConfig config, Path folder, String source, Consumer<String> notes) {
    return MlflowSettings.of(config.run().mlflow(), config.run().name(), System.getenv(), notes)
        .map(settings -> new TrackedFolder(settings, config, folder, source, notes));
  }

  /** Begins the run there, or goes on with it; the folder must be there. */
  public void begin() {
    run =
        before()
            .map(tracker::resume)
            .orElseGet(
                () ->
                    tracker.begin(
                        settings.runName(), Optional.empty(), tags(), parameters(), this::save));
  }

  private Optional<String> before() {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode saved = JSON.readTree(Files.readAllBytes(file));
      return saved.path(SERVER).asText().equals(settings.server().toString())
          ? Optional.of(saved.path(RUN).asText())
          : Optional.empty();
    } catch (IOException e) {
      notes.accept(
          String.format(
              Locale.ROOT, "Cannot read %s: %s; MLflow shows a new run", file, e.getMessage()));
      return Optional.empty();
    }
  }

  private void save(String id) {
    try {
      AtomicFiles.write(
          folder.resolve(FILE),
          JSON.writeValueAsString(Map.of(SERVER, settings.server().toString(), RUN, id)) + "\n");
    } catch (IOException e) {
      notes.accept(e.getMessage());
    }
  }

  private Map<String, String> tags() {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("mlflow.user", System.getProperty("user.name"));
    tags.put("mlflow.source.name", source);
    tags.put("mlflow.source.type", "LOCAL");
    if (!config.run().note().isBlank()) {
      tags.put("mlflow.note.content", config.run().note());
    }
    BuildProperties.commit().ifPresent(commit -> tags.put("mlflow.source.git.commit", commit));
    tags.put("isonorm.folder", folder.toString());
    return tags;
  }

  /** Every key of the configuration but those of the tracking itself, without secrets. */
  private Map<String, String> parameters() {
    Map<String, String> parameters = new LinkedHashMap<>();
    config
        .values()
        .forEach(
            (key, value) -> {
              if (!key.startsWith("run.mlflow.")) {
                parameters.put(key.replace("\"", ""), Secrets.withhold(key, value));
              }
            });
    return parameters;
  }

  /** Numbers at a local step. */
  public void metrics(long step, Map<String, Double> values) {
    run.metrics(step, values);
  }

  /** Begins a run that is a part of this one. */
  public Run part(String name, Map<String, String> parameters) {
    return tracker.begin(name, Optional.of(run), Map.of(), parameters, id -> {});
  }

  /** Sends those of some files that are in the folder, and ends the run. */
  public void end(Status status, List<String> files) {
    for (String file : files) {
      if (Files.exists(folder.resolve(file))) {
        run.artifact(folder.resolve(file));
      }
    }
    run.end(status);
    ended = true;
  }

  /** Ends the run as failed if it did not finish, and waits a while for the server. */
  @Override
  public void close() {
    if (run != null && !ended) {
      run.end(Status.FAILED);
    }
    tracker.close();
  }
}
