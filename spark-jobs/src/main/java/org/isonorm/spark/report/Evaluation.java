package org.isonorm.spark.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What evaluation.json says. Numbers that the file does not give are NaN, texts "".
 *
 * @param split the data evaluated, such as test
 * @param checkpoint the checkpoint evaluated: last or best
 * @param examples how many were evaluated, 0 if the file does not say
 * @param confusionMatrix counts, a row a true class and a column a predicted one; empty if the file
 *     has none
 * @param bestEpoch of the validation accuracy, 0 if the file does not say
 */
record Evaluation(
    String split,
    String checkpoint,
    long examples,
    double loss,
    double top1Accuracy,
    double top5Accuracy,
    List<ClassScore> classes,
    long[][] confusionMatrix,
    long bestEpoch,
    double bestValidationAccuracy,
    double lastValidationAccuracy) {

  /** Scores of a class; support is its number of examples, -1 if not known. */
  record ClassScore(String name, double precision, double recall, double f1, long support) {}

  /**
   * Loads evaluation.json. Scores of a class that the file leaves out are taken from the confusion
   * matrix.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  static Evaluation load(Path file) throws IOException {
    JsonNode root = Json.readObject(file);
    long[][] confusion = confusionMatrix(file, root.path("confusionMatrix"));
    JsonNode validation = root.path("validation");
    return new Evaluation(
        root.path("split").asText(""),
        root.path("checkpoint").asText(""),
        root.path("examples").asLong(0),
        number(root, "loss"),
        number(root, "top1Accuracy"),
        number(root, "top5Accuracy"),
        classes(root, confusion),
        confusion,
        validation.path("bestEpoch").asLong(0),
        number(validation, "bestAccuracy"),
        number(validation, "lastAccuracy"));
  }

  private static double number(JsonNode parent, String field) {
    return parent.path(field).asDouble(Double.NaN);
  }

  private static long[][] confusionMatrix(Path file, JsonNode rows) throws IOException {
    long[][] matrix = new long[rows.size()][];
    for (int row = 0; row < matrix.length; row++) {
      JsonNode values = rows.get(row);
      if (values.size() != matrix.length) {
        throw new IOException(
            "Cannot read %s: confusionMatrix has %d rows but row %d has %d columns"
                .formatted(file, matrix.length, row + 1, values.size()));
      }
      matrix[row] = new long[matrix.length];
      for (int column = 0; column < matrix.length; column++) {
        matrix[row][column] = values.get(column).asLong();
      }
    }
    return matrix;
  }

  private static List<ClassScore> classes(JsonNode root, long[][] confusion) {
    JsonNode names = root.path("classNames");
    JsonNode given = root.path("perClass");
    int count = Math.max(confusion.length, Math.max(names.size(), given.size()));
    List<ClassScore> classes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      JsonNode scores = given.path(i);
      ClassScore counted = counted(confusion, i);
      classes.add(
          new ClassScore(
              names.path(i).asText(scores.path("name").asText(Integer.toString(i))),
              scores.path("precision").asDouble(counted.precision()),
              scores.path("recall").asDouble(counted.recall()),
              scores.path("f1").asDouble(counted.f1()),
              scores.path("support").asLong(counted.support())));
    }
    return classes;
  }

  /** Precision, recall and F1 by their definitions; a score over no examples is NaN. */
  private static ClassScore counted(long[][] confusion, int index) {
    if (index >= confusion.length) {
      return new ClassScore("", Double.NaN, Double.NaN, Double.NaN, -1);
    }
    long hits = confusion[index][index];
    long support = 0;
    long predicted = 0;
    for (int i = 0; i < confusion.length; i++) {
      support += confusion[index][i];
      predicted += confusion[i][index];
    }
    return new ClassScore(
        "",
        (double) hits / predicted,
        (double) hits / support,
        2.0 * hits / (support + predicted),
        support);
  }
}
