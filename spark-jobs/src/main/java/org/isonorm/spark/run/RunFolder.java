package org.isonorm.spark.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.isonorm.spark.storage.ShellLine;
import org.isonorm.spark.storage.Storage;
import org.isonorm.spark.tensorboard.EventFile;

/**
 * The folder a run leaves behind: config.conf, environment.json, initialization.csv,
 * equilibrium.csv of a start at the norms of equilibrium, tuning.csv and tuning-steps.csv of a
 * tuned one, weights.csv of one from another network's weights, metrics.csv, norms.csv if asked
 * for, checkpoints/, model.zip, evaluation.json, predictions.json, report.html. Every file appears
 * whole or not at all, metrics.csv and norms.csv row by row. Lives on the driver.
 *
 * @param path the folder
 */
public record RunFolder(Path path) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /**
   * Makes the folder of a new run.
   *
   * @throws IllegalArgumentException if there is something in it already
   */
  public static RunFolder create(Path path) throws IOException {
    NewFolder.ofRun(path).create();
    return new RunFolder(path);
  }

  /**
   * The folder of a run that is there.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static RunFolder open(Path path) {
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException("Invalid run folder: " + path + " (no such folder)");
    }
    RunFolder folder = new RunFolder(path);
    if (!Files.isRegularFile(folder.config())) {
      throw new IllegalArgumentException(
          "Invalid run folder: "
              + path
              + " (it has no config.conf; give the folder that a training run wrote)");
    }
    return folder;
  }

  /**
   * Checks that a new run may have the folder.
   *
   * @throws IllegalArgumentException if there is something in it already
   */
  public static void checkEmpty(Path path) throws IOException {
    NewFolder.ofRun(path).check();
  }

  /** Whether there is nothing in a folder but what a run leaves that was killed as it began. */
  public static boolean isEmpty(Path path) throws IOException {
    return NewFolder.ofRun(path).isEmpty();
  }

  /** Makes the folder ready for the run's first step once more. */
  public void restart() throws IOException {
    Files.createDirectories(checkpoints());
    try (Stream<Path> content = Files.list(path)) {
      for (Path entry : content.toList()) {
        if (entry.getFileName().toString().startsWith(EventFile.PREFIX)) {
          Files.delete(entry);
        }
      }
    }
  }

  /** The resolved configuration, HOCON. */
  public Path config() {
    return path.resolve(NewFolder.CONFIG);
  }

  private Path checkpoints() {
    return path.resolve(NewFolder.CHECKPOINTS);
  }

  public Path metrics() {
    return path.resolve("metrics.csv");
  }

  public Path norms() {
    return path.resolve("norms.csv");
  }

  public Path environment() {
    return path.resolve("environment.json");
  }

  Path initialization() {
    return path.resolve("initialization.csv");
  }

  Path tuning() {
    return path.resolve("tuning.csv");
  }

  Path tuningSteps() {
    return path.resolve("tuning-steps.csv");
  }

  public Path evaluation() {
    return path.resolve("evaluation.json");
  }

  Path predictions() {
    return path.resolve("predictions.json");
  }

  public Path report() {
    return path.resolve("report.html");
  }

  /** The checkpoint to resume from. */
  public Path lastCheckpoint() {
    return checkpoints().resolve("last.zip");
  }

  /** The one before it, in case it comes to harm. */
  Path previousCheckpoint() {
    return checkpoints().resolve("previous.zip");
  }

  /** The evaluation of a run that has come to its end, none of another. */
  public Optional<Evaluation> finished() throws IOException {
    return Files.exists(evaluation()) && Files.exists(model())
        ? Optional.of(Evaluation.load(evaluation()))
        : Optional.empty();
  }

  /** Whether there is a checkpoint to resume from. */
  public boolean hasLastCheckpoint() {
    return Files.exists(lastCheckpoint()) || Files.exists(previousCheckpoint());
  }

  /** Writes the checkpoint to resume from and keeps the one before. */
  public void saveLastCheckpoint(Checkpoint checkpoint) throws IOException {
    Path next = checkpoints().resolve("next.zip");
    checkpoint.save(next);
    try {
      if (Files.exists(lastCheckpoint())) {
        Files.move(lastCheckpoint(), previousCheckpoint(), StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(next, lastCheckpoint(), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IOException(
          String.format(
              Locale.ROOT, "Cannot write %s: %s", lastCheckpoint(), AtomicFiles.reason(e)),
          e);
    }
  }

  /**
   * Loads the checkpoint to resume from or, if it is missing or damaged, the one before.
   *
   * @param notes takes a sentence if it is the one before
   * @throws IOException in one sentence, if neither can be read
   */
  public Checkpoint loadLastCheckpoint(Consumer<String> notes) throws IOException {
    try {
      return Checkpoint.load(lastCheckpoint());
    } catch (IOException e) {
      if (!Files.exists(previousCheckpoint())) {
        throw e;
      }
      Checkpoint previous = Checkpoint.load(previousCheckpoint());
      notes.accept(
          String.format(Locale.ROOT, "%s; going on from %s", e.getMessage(), previousCheckpoint()));
      return previous;
    }
  }

  /** Deletes the checkpoints to resume from. */
  public void dropLastCheckpoints() throws IOException {
    Files.deleteIfExists(lastCheckpoint());
    Files.deleteIfExists(previousCheckpoint());
  }

  /** The checkpoint with the highest validation accuracy. */
  public Path bestCheckpoint() {
    return checkpoints().resolve("best.zip");
  }

  /** The trained model. */
  public Path model() {
    return path.resolve("model.zip");
  }

  /**
   * The trained model of a run that has come to its end.
   *
   * @throws IllegalArgumentException if there is none yet
   */
  public Path trainedModel() {
    if (NewFolder.isGrid(path)) {
      throw new IllegalArgumentException(
          "Invalid run folder: " + path + " (it is a grid's; give the folder of a run)");
    }
    if (!Files.exists(model())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid run folder: %s (it has no model.zip, which a run writes at its end%s)",
              path,
              Files.exists(metrics())
                  ? "; go on with: " + ShellLine.isonorm("train", "--resume", "--output", path)
                  : ""));
    }
    return model();
  }

  public void writeConfig(String text) throws IOException {
    AtomicFiles.write(config(), text);
  }

  public void writeEnvironment(Object environment) throws IOException {
    writeJson(environment(), environment);
  }

  public void writeEvaluation(Evaluation evaluation) throws IOException {
    writeJson(evaluation(), evaluation);
  }

  public void writePredictions(Predictions predictions) throws IOException {
    writeJson(predictions(), predictions);
  }

  /** Copies a checkpoint to model.zip, with what a user of the model must know. */
  public void publishModel(Path checkpoint, ModelCard card) throws IOException {
    AtomicFiles.write(
        model(),
        temporary ->
            Storage.readLocally(
                checkpoint,
                local -> {
                  card.publish(local, temporary);
                  return temporary;
                }));
  }

  /** Writes how the network came to start. */
  public void writeStart(StartFiles start) throws IOException {
    AtomicFiles.write(initialization(), start.initialization());
    if (start.equilibrium() != null) {
      AtomicFiles.write(path.resolve("equilibrium.csv"), start.equilibrium());
    }
    if (start.tuning() != null) {
      AtomicFiles.write(tuning(), start.tuning());
      AtomicFiles.write(tuningSteps(), start.tuningSteps());
    }
    if (start.weights() != null) {
      AtomicFiles.write(path.resolve("weights.csv"), start.weights());
    }
  }

  private void writeJson(Path file, Object value) throws IOException {
    AtomicFiles.write(file, JSON.writeValueAsString(value) + "\n");
  }
}
