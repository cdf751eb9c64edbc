package org.isonorm.spark.report;

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
 * Everything a report is built from, as the files of a run's folder say it. A file that the run did
 * not get to is empty.
 *
 * @param configText config.conf as it is
 * @param environment environment.json by dotted key
 */
record RunFolder(
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
  private static final String CONFIG = "config.conf";

  /**
   * Loads a run's folder.
   *
   * @throws IllegalArgumentException if it is not the folder of a run
   * @throws IOException if a file cannot be read or is malformed
   */
  static RunFolder load(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException("Invalid run folder: " + path + " (no such folder)");
    }
    Path configFile = path.resolve(CONFIG);
    if (!Files.isRegularFile(configFile)) {
      throw new IllegalArgumentException(
          "Invalid run folder: "
              + path
              + " (it has no config.conf; give the folder that a training run wrote)");
    }
    String configText = Files.readString(configFile);
    Path environment = path.resolve("environment.json");
    Path layers = path.resolve("initialization.csv");
    Path tuning = path.resolve("tuning.csv");
    Path metrics = path.resolve("metrics.csv");
    Path norms = path.resolve("norms.csv");
    Path predictions = path.resolve("predictions.json");
    Path evaluation = path.resolve("evaluation.json");
    return new RunFolder(
        path,
        config(configFile, configText),
        configText,
        Files.exists(environment) ? Json.flatten(Json.readObject(environment)) : Map.of(),
        Files.exists(layers) ? LayerRow.load(layers) : List.of(),
        Files.exists(tuning)
            ? Optional.of(Tuning.load(tuning, path.resolve("tuning-steps.csv")))
            : Optional.empty(),
        Files.exists(metrics) ? Metrics.load(metrics) : new Metrics(List.of(), List.of()),
        Files.exists(norms) ? Norms.load(norms) : Norms.none(),
        Files.exists(evaluation) ? Optional.of(Evaluation.load(evaluation)) : Optional.empty(),
        Files.exists(predictions) ? Optional.of(Predictions.load(predictions)) : Optional.empty());
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

  /** The setting of a dotted key as text, a dash if the config does not have it. */
  String setting(String key) {
    return config.hasPath(key) ? String.valueOf(config.getAnyRef(key)) : Words.UNKNOWN;
  }

  /** The configuration's remark for the reader, "" if it has none. */
  String note() {
    return config.hasPath("run.note") ? config.getString("run.note") : "";
  }

  /** The whole number of a dotted key, 0 if the config has none. */
  long count(String key) {
    try {
      return config.hasPath(key) ? config.getLong(key) : 0;
    } catch (ConfigException.WrongType e) {
      return 0;
    }
  }
}
