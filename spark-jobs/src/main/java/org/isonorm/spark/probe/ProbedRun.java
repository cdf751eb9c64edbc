package org.isonorm.spark.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.Json;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.storage.FolderLock;
import org.isonorm.spark.train.TrialTraining;

/**
 * A run that a probe goes before, in the run's folder: {@code probe/} is the probe's, {@code
 * probe-request.json} says what it was asked for and so that the run is one of these. The run's
 * config.conf is what was asked for until the probe has an answer, and then what it found, with a
 * sentence in {@code run.note}. Lives on the driver.
 *
 * @param folder the run's
 */
public record ProbedRun(Path folder) {
  private static final String NOTE = "run.note";
  private static final String SHARE = "share";

  /** Keys that a probe finds values for. */
  private static final List<String> SOUGHT = List.of(ProbeJob.RATE, ProbeJob.GAMMA);

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Whether a probe was begun here, whatever became of it. */
  public boolean isBegun() {
    return Files.isRegularFile(request());
  }

  /** Whether the probe has an answer. */
  public boolean isFound() {
    return Files.isRegularFile(result());
  }

  /** The share of the training's cost that the probe that was begun may take. */
  public double share() throws IOException {
    return Json.readObject(request()).path(SHARE).asDouble();
  }

  /**
   * Checks what can be without a cluster, before a probe is begun.
   *
   * @throws IllegalArgumentException in one sentence with the remedy, if the configuration cannot
   *     be probed
   */
  public void check(IsonormConfig config) throws IOException {
    ProbeJob.check(config);
  }

  /**
   * Probes, in a folder that is new or in which a probe had come to no end.
   *
   * @param share of the training's cost that it may take
   * @param output takes the progress lines
   * @return the configuration to train with, which is in the folder by then
   * @throws IllegalArgumentException in one sentence with the remedy, if the configuration cannot
   *     be probed; then a new folder is left as it was
   */
  public IsonormConfig probe(
      IsonormConfig config, double share, SparkSession spark, Consumer<String> output)
      throws IOException {
    // What short runs there are may have been stopped at any point.
    TrialTraining.discard(probe());
    ProbeJob job = ProbeJob.open(config, probe(), share, spark, output);
    RunFolder run = isBegun() ? new RunFolder(folder) : RunFolder.create(folder);
    try (FolderLock lock = FolderLock.take(folder, "run folder", output)) {
      run.writeConfig(config.renderWithoutSecrets());
      AtomicFiles.write(request(), MAPPER.writeValueAsString(asked(config, share)) + "\n");
      ProbeSummary summary = job.run();
      lock.check();
      output.accept(summary.why());
      IsonormConfig found = found(config);
      run.writeConfig(found.renderWithoutSecrets());
      return found;
    }
  }

  private static Map<String, Object> asked(IsonormConfig config, double share) {
    Map<String, Object> asked = new TreeMap<>();
    SOUGHT.forEach(key -> asked.put(key, config.values().get(key)));
    asked.put(SHARE, share);
    return asked;
  }

  /**
   * A configuration to go on with, and the folder's with it if the probe ended before it could note
   * what it found.
   *
   * @param config what was asked for, or what was found already; what it says otherwise stays, and
   *     is not the run's
   */
  public IsonormConfig resumed(IsonormConfig config) throws IOException {
    IsonormConfig found = found(config);
    RunFolder run = new RunFolder(folder);
    if (!run.hasLastCheckpoint()) {
      IsonormConfig before = IsonormConfig.load(Optional.of(run.config()), List.of());
      run.writeConfig(found(before).renderWithoutSecrets());
    }
    return found;
  }

  /** A configuration with what the probe found in place of what was asked for. */
  private IsonormConfig found(IsonormConfig config) throws IOException {
    JsonNode asked = Json.readObject(request());
    JsonNode found = Json.readObject(result());
    String rate = found.path("learningRate").asText();
    String gamma = found.path("initGamma").asText();
    String sentence =
        String.format(
            Locale.ROOT,
            "Learning rate %s and gamma %s were found by a probe, see %s.",
            rate,
            gamma,
            folder.relativize(result()));
    List<Setting> settings = new ArrayList<>();
    Map.of(ProbeJob.RATE, rate, ProbeJob.GAMMA, gamma)
        .forEach(
            (key, value) -> {
              if (config.values().get(key).equals(asked.path(key).asText())) {
                settings.add(ProbeJob.setting(key, value));
              }
            });
    if (!config.run().note().contains(sentence)) {
      String note = (config.run().note() + " " + sentence).strip();
      settings.add(ProbeJob.setting(NOTE, ConfigUtil.quoteString(note)));
    }
    return config.with(settings);
  }

  private Path probe() {
    return folder.resolve("probe");
  }

  private Path result() {
    return probe().resolve(ProbeJob.RESULT);
  }

  private Path request() {
    return folder.resolve("probe-request.json");
  }
}
