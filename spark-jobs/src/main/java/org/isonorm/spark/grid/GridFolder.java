package org.isonorm.spark.grid;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.NewFolder;
import org.isonorm.spark.storage.FolderLock;
import org.isonorm.spark.storage.ShellLine;
import org.isonorm.spark.train.MovedData;
import org.isonorm.spark.train.TrialTraining;

/**
 * The folder a grid leaves behind: config.conf, environment.json, grid.json, results.csv,
 * results.parquet, trials.csv, report.html, plots/ and a folder a trial under trials/, which holds
 * a run and its result.json. Every file appears whole or not at all. One process at a time holds
 * it. Lives on the driver.
 */
final class GridFolder implements AutoCloseable {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final String RESULT = "result.json";
  private static final String DATA_PATH = "data.path";

  private final Path path;
  private final FolderLock lock;

  private GridFolder(Path path, Consumer<String> notes) throws IOException {
    this.path = path;
    this.lock = FolderLock.take(path, "grid folder", notes);
  }

  /**
   * Makes the folder of a new grid.
   *
   * @param notes takes a sentence where taking the folder lasts
   * @throws IllegalArgumentException if there is something in it already
   */
  static GridFolder create(Path path, IsonormConfig config, Consumer<String> notes)
      throws IOException {
    NewFolder.ofGrid(path).create();
    GridFolder folder = new GridFolder(path, notes);
    AtomicFiles.write(path.resolve(NewFolder.CONFIG), config.renderWithoutSecrets());
    return folder;
  }

  /**
   * Checks that a new grid may have the folder.
   *
   * @throws IllegalArgumentException if there is something in it already
   */
  static void checkEmpty(Path path) throws IOException {
    NewFolder.ofGrid(path).check();
  }

  /**
   * Opens the folder of a grid to go on with it.
   *
   * @throws IllegalArgumentException if it is not one, or its search space is another
   */
  static GridFolder resume(Path path, IsonormConfig config, Consumer<String> notes)
      throws IOException {
    checkSame(path, config);
    return new GridFolder(path, notes);
  }

  /**
   * Checks that a configuration may go on with the grid in a folder, as above. A data set that was
   * moved may have another path.
   */
  static void checkSame(Path path, IsonormConfig config) throws IOException {
    IsonormConfig before = config(path);
    if (!before.data().path().equals(config.data().path()) && isOnOneDataSet(config)) {
      MovedData.check("grid", trials(path), before.data(), config.data());
      before = before.withDataPath(config.data().path());
    }
    List<String> differences = SearchSpace.differences(before, config);
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --resume: the search space of %s is another: %s (resume with the grid's own configuration, or choose another --output)",
              path,
              String.join("; ", differences)));
    }
  }

  /** Whether all trials are on the same data set. */
  static boolean isOnOneDataSet(IsonormConfig config) {
    return !config.grid().axes().containsKey(DATA_PATH);
  }

  private static List<Path> trials(Path path) throws IOException {
    Path trials = path.resolve(NewFolder.TRIALS);
    if (!Files.isDirectory(trials)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(trials)) {
      return entries.filter(Files::isDirectory).sorted().toList();
    }
  }

  /** The configuration that a grid was started with. */
  static IsonormConfig config(Path path) {
    Path file = path.resolve(NewFolder.CONFIG);
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid --resume: %s (no such folder; begin with --output)", path));
    }
    if (NewFolder.isRun(path)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --resume: %s is the folder of a run, not of a grid (go on with: %s)",
              path,
              ShellLine.isonorm("train", "--resume", "--output", path)));
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --resume: %s is not a grid's folder (it has no %s)",
              path,
              NewFolder.CONFIG));
    }
    return IsonormConfig.load(Optional.of(file), List.of());
  }

  /** The folder. */
  Path path() {
    return path;
  }

  /** The folder of a trial. */
  Path trial(Trial trial) {
    return path.resolve(NewFolder.TRIALS).resolve(trial.name());
  }

  /**
   * A trial's result, if it has one.
   *
   * @throws IOException if there is one that cannot be read
   */
  Optional<TrialResult> result(Trial trial) throws IOException {
    Path file = trial(trial).resolve(RESULT);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      TrialResult result = JSON.readValue(Files.readAllBytes(file), TrialResult.class);
      if (result != null && result.status() != null) {
        return Optional.of(result);
      }
      throw new IOException(damaged(file, "it has no status"));
    } catch (JsonProcessingException e) {
      boolean lacks = e.getCause() instanceof NullPointerException;
      throw new IOException(
          damaged(
              file,
              lacks
                  ? "a value is missing"
                  : e.getOriginalMessage().lines().findFirst().orElse("it is not JSON")),
          e);
    } catch (CharConversionException e) {
      throw new IOException(damaged(file, "it is not JSON"), e);
    }
  }

  private static String damaged(Path file, String reason) {
    return String.format(
        Locale.ROOT, "Cannot read %s: %s (delete it to train the trial again)", file, reason);
  }

  /** Writes a trial's result. */
  void save(Trial trial, TrialResult result) throws IOException {
    Files.createDirectories(trial(trial));
    writeJson(trial(trial).resolve(RESULT), result);
  }

  /** Writes the stack trace of a failed trial beside its result. */
  void saveTrace(Trial trial, String trace) throws IOException {
    Files.createDirectories(trial(trial));
    AtomicFiles.write(trial(trial).resolve("error.txt"), trace);
  }

  /** Drops what a trial left, so that it is trained again. */
  void forget(Trial trial) throws IOException {
    Files.deleteIfExists(trial(trial).resolve(RESULT));
    TrialTraining.discard(trial(trial));
  }

  /** Writes a file of the folder as JSON. */
  void write(String name, Object value) throws IOException {
    writeJson(path.resolve(name), value);
  }

  /** Writes a file of the folder. */
  void write(String name, String text) throws IOException {
    AtomicFiles.write(path.resolve(name), text);
  }

  private static void writeJson(Path file, Object value) throws IOException {
    AtomicFiles.write(file, JSON.writeValueAsString(value) + "\n");
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
