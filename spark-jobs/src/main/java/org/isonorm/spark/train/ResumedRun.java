package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.RunFolder;

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
      MovedData.check("run", List.of(folder), before.data(), config.data());
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
   * Whether the examples of a run with a checkpoint are streamed, which it goes on with; none of a
   * run that begins. Versions that did not note it streamed none.
   */
  static Optional<Boolean> streamed(RunFolder run) throws IOException {
    return run.hasLastCheckpoint()
        ? Optional.of(
            Environment.noted(run.environment(), Environment.RESIDENCE)
                .equals(Optional.of(Environment.STREAMED)))
        : Optional.empty();
  }
}
