package org.isonorm.spark.run;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything the files of a run's folder say, checkpoints and model aside. A file that the run did
 * not get to is empty.
 *
 * @param configText config.conf as it is
 * @param environment environment.json by dotted key
 */
public record RunFiles(
    Path path,
    Config config,
    String configText,
    Map<String, String> environment,
    List<LayerRow> layers,
    Optional<Tuning> tuning,
    Metrics metrics,
    Norms norms,
    Optional<Evaluation> evaluation,
    Optional<Predictions> predictions) {
  /**
   * Loads a run's folder.
   *
   * @throws IllegalArgumentException if it is not the folder of a run
   * @throws IOException if a file cannot be read or is malformed
   */
  public static RunFiles load(Path path) throws IOException {
    RunFolder folder = RunFolder.open(path);
    Path configFile = folder.config();
    String configText = Files.readString(configFile);
    return new RunFiles(
        path,
        config(configFile, configText),
        configText,
        ifExists(folder.environment(), file -> Json.flatten(Json.readObject(file)))
            .orElse(Map.of()),
        ifExists(folder.initialization(), LayerRow::load).orElse(List.of()),
        ifExists(folder.tuning(), file -> Tuning.load(file, folder.tuningSteps())),
        ifExists(folder.metrics(), Metrics::load).orElse(Metrics.NONE),
        ifExists(folder.norms(), Norms::load).orElse(Norms.none()),
        ifExists(folder.evaluation(), Evaluation::load),
        ifExists(folder.predictions(), Predictions::load));
  }

  private interface Loader<T> {
    T load(Path file) throws IOException;
  }

  private static <T> Optional<T> ifExists(Path file, Loader<T> loader) throws IOException {
    return Files.exists(file) ? Optional.of(loader.load(file)) : Optional.empty();
  }

  private static Config config(Path file, String text) throws IOException {
    try {
      return ConfigFactory.parseString(
              text, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF))
          .resolve();
    } catch (ConfigException e) {
      int line = e.origin() == null ? 0 : e.origin().lineNumber();
      String message = e.getMessage().replaceFirst("^String: \\d+: ", "");
      throw new IOException(
          "Cannot read " + file + (line > 0 ? ", line " + line : "") + ": " + message, e);
    }
  }

  /** The setting of a dotted key as text, none if the configuration does not have it. */
  public Optional<String> setting(String key) {
    return config.hasPath(key)
        ? Optional.of(String.valueOf(config.getAnyRef(key)))
        : Optional.empty();
  }

  /** The configuration's remark for the reader, "" if it has none. */
  public String note() {
    return config.hasPath("run.note") ? config.getString("run.note") : "";
  }

  /** The whole number of a dotted key, 0 if the config has none. */
  public long count(String key) {
    try {
      return config.hasPath(key) ? config.getLong(key) : 0;
    } catch (ConfigException.WrongType e) {
      return 0;
    }
  }
}
