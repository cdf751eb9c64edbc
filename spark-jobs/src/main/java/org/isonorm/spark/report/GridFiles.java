package org.isonorm.spark.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.isonorm.spark.run.GridColumns;
import org.isonorm.spark.run.Json;
import org.isonorm.spark.run.RunFiles;

/**
 * Everything a grid's report is built from, as the files of its folder say it.
 *
 * @param summary grid.json
 * @param axes the values tried by key, the seed's left out
 * @param run config.conf and environment.json
 */
record GridFiles(
    Path path,
    JsonNode summary,
    Map<String, List<String>> axes,
    List<GridTrial> trials,
    RunFiles run) {
  static final String SUMMARY = "grid.json";
  static final String RATE = "optimizer.learning-rate";
  static final String GAMMA = "initialization.init-gamma";
  private static final String SEED = "run.seed";

  /**
   * Loads a grid's folder.
   *
   * @throws IllegalArgumentException if it is not the folder of a grid
   * @throws IOException if a file cannot be read or is malformed
   */
  static GridFiles load(Path path) throws IOException {
    RunFiles run = RunFiles.load(path);
    Path summaryFile = path.resolve(SUMMARY);
    if (!Files.isRegularFile(summaryFile)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid grid folder: %s (it has no %s yet: no trial has ended)",
              path,
              SUMMARY));
    }
    JsonNode summary = Json.readObject(summaryFile);
    Map<String, List<String>> axes = new LinkedHashMap<>();
    summary
        .path("axes")
        .fields()
        .forEachRemaining(
            axis -> {
              List<String> values = new ArrayList<>();
              axis.getValue().forEach(value -> values.add(value.asText()));
              if (!axis.getKey().equals(SEED)) {
                axes.put(axis.getKey(), values);
              }
            });
    Path trials = path.resolve(GridColumns.TRIALS_FILE);
    Path results = path.resolve(GridColumns.RESULTS_FILE);
    return new GridFiles(
        path,
        summary,
        axes,
        Files.exists(trials) && Files.exists(results)
            ? GridTrial.load(trials, results, List.copyOf(axes.keySet()))
            : List.of(),
        run);
  }

  String text(String field) {
    return summary.path(field).asText(Words.UNKNOWN);
  }

  long count(String field) {
    return summary.path(field).asLong(0);
  }

  List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    summary.path(field).forEach(value -> texts.add(value.asText()));
    return texts;
  }

  /** Whether a learning rate × γ picture can be drawn. */
  boolean hasBothAxes() {
    return axes.containsKey(RATE) && axes.containsKey(GAMMA);
  }
}
