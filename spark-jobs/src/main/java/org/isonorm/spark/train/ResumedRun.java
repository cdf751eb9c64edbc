package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Json;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.storage.Storage;

/**
 * A run that goes on: what it computes must stay as its configuration says. Where its data set is
 * may change, if it is the same one.
 */
final class ResumedRun {
  /** Letters of a value that a sentence can hold. */
  private static final int LONGEST = 200;

  private ResumedRun() {}

  /**
   * Checks that a configuration is that of the run in a folder.
   *
   * @throws IllegalArgumentException in one sentence with the remedy, if it is not
   */
  static void check(IsonormConfig config, Path folder) throws IOException {
    RunFolder run = new RunFolder(folder);
    if (!Files.isRegularFile(run.config())) {
      if (Files.isDirectory(folder) && RunFolder.isEmpty(folder)) {
        return; // Killed as it began.
      }
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --resume: %s is not a run's folder (it has no config.conf)",
              folder));
    }
    IsonormConfig before = IsonormConfig.load(Optional.of(run.config()), List.of());
    if (!before.data().path().equals(config.data().path())) {
      checkSameData(run, before.data(), config.data());
      before = before.withDataPath(config.data().path());
    }
    Map<String, String> old = before.onClusterOf(config).values();
    config
        .values()
        .forEach(
            (key, value) -> {
              // Who is told of the run does not change it.
              if (!key.startsWith("run.mlflow.") && !value.equals(old.get(key))) {
                throw new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "Invalid --resume: %s is %s, but %s in %s (resume with the run's own configuration, or choose another --output)",
                        key,
                        shown(value),
                        shown(old.get(key)),
                        run.config()));
              }
            });
  }

  /** A value as a sentence can hold it: of a drawn network the beginning. */
  private static String shown(String value) {
    return value.length() > LONGEST ? value.substring(0, LONGEST) + "…" : value;
  }

  /**
   * The {@code data.path} that a run's configuration has; empty text where there is no such file.
   */
  static String dataPath(RunFolder run) {
    return Files.isRegularFile(run.config())
        ? IsonormConfig.load(Optional.of(run.config()), List.of()).data().path()
        : "";
  }

  /**
   * Checks that the data set is where it was, unless it is one that a run draws.
   *
   * @throws IOException in one sentence that says how it is named if it was moved
   */
  static void checkThere(DataConfig data) throws IOException {
    if (data.dataset() == DatasetKind.SYNTHETIC && data.path().isBlank()) {
      return;
    }
    org.apache.hadoop.fs.Path manifest =
        new org.apache.hadoop.fs.Path(data.folder(), DatasetManifest.FILE_NAME);
    if (!manifest.getFileSystem(Storage.hadoop()).exists(manifest)
        && !DatasetManifest.isForbidden(data.folder(), Storage.hadoop())) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot open data set %s: it has no %s (if it was moved, go on with --resume --set data.path=DIR)",
              data.folder(),
              DatasetManifest.FILE_NAME));
    }
  }

  private static void checkSameData(RunFolder run, DataConfig before, DataConfig now)
      throws IOException {
    Configuration hadoop = Storage.hadoop();
    String given = DatasetManifest.checksum(now.folder(), hadoop);
    Optional<String> trainedOn = trainedOn(run);
    if (trainedOn.isEmpty()) {
      try {
        trainedOn = Optional.of(DatasetManifest.checksum(before.folder(), hadoop));
      } catch (IOException e) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid data.path: %s (the run was begun by a version that did not note its data set's checksum; put the data set back to %s)",
                now.path(),
                before.folder()),
            e);
      }
    }
    if (!trainedOn.get().equals(given)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data.path: %s (it holds another data set than the run was trained on, by the checksum of its manifest.json; name the folder that %s was moved to)",
              now.folder(),
              before.folder()));
    }
  }

  private static Optional<String> trainedOn(RunFolder run) throws IOException {
    return noted(run, Environment.MANIFEST);
  }

  /**
   * Whether the examples of a run with a checkpoint are streamed, which it goes on with; none of a
   * run that begins. Versions that did not note it streamed none.
   */
  static Optional<Boolean> streamed(RunFolder run) throws IOException {
    return run.hasLastCheckpoint()
        ? Optional.of(noted(run, Environment.RESIDENCE).equals(Optional.of(Environment.STREAMED)))
        : Optional.empty();
  }

  private static Optional<String> noted(RunFolder run, String key) throws IOException {
    return Files.exists(run.environment())
        ? Optional.ofNullable(Json.flatten(Json.readObject(run.environment())).get(key))
        : Optional.empty();
  }
}
