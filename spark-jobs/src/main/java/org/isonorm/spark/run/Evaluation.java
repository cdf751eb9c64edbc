package org.isonorm.spark.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How a model classifies a split: the contents of evaluation.json.
 *
 * @param split train, validation or test
 * @param checkpoint which parameters were evaluated: best, last, or a file's name
 * @param examples the number of examples
 * @param loss mean cross-entropy
 * @param top1Accuracy share of examples whose likeliest class is the true one, 0 to 1
 * @param top5Accuracy share of examples whose true class is among the five likeliest
 * @param classNames the classes, in label order
 * @param perClass precision, recall, F1 and support of each class
 * @param confusionMatrix examples by true class (row) and predicted class (column)
 * @param validation what the choice of the checkpoint rests on; absent without a validation split
 * @param testTimeAugmentation how it classifies with test-time augmentation; absent without
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Evaluation(
    String split,
    String checkpoint,
    long examples,
    double loss,
    double top1Accuracy,
    double top5Accuracy,
    List<String> classNames,
    List<ClassScore> perClass,
    long[][] confusionMatrix,
    Selection validation,
    Augmented testTimeAugmentation)
    implements Serializable {
  /**
   * One class's scores; a class never predicted has precision 0.
   *
   * @param support examples of the class, -1 if a file does not say
   */
  public record ClassScore(String name, double precision, double recall, double f1, long support)
      implements Serializable {}

  /**
   * How the best checkpoint was chosen.
   *
   * @param bestEpoch the epoch with the highest validation accuracy, from 1
   * @param bestAccuracy its accuracy on the validation split
   * @param lastAccuracy the last epoch's, for comparison
   */
  public record Selection(int bestEpoch, double bestAccuracy, double lastAccuracy)
      implements Serializable {}

  /**
   * The same examples by the mean of the logits over views of each.
   *
   * @param method which views
   */
  public record Augmented(String method, double loss, double top1Accuracy, double top5Accuracy)
      implements Serializable {}

  /**
   * Divides the counts, once.
   *
   * @throws IllegalStateException if other than the expected number of examples were counted
   */
  public static Evaluation of(
      String split,
      String checkpoint,
      EvaluationCounts counts,
      long expected,
      List<String> classNames) {
    long[][] confusion = counts.confusion();
    long examples = 0;
    long correct = 0;
    long[] predicted = new long[confusion.length];
    long[] support = new long[confusion.length];
    for (int label = 0; label < confusion.length; label++) {
      for (int guess = 0; guess < confusion.length; guess++) {
        support[label] += confusion[label][guess];
        predicted[guess] += confusion[label][guess];
      }
      examples += support[label];
      correct += confusion[label][label];
    }
    if (examples != expected || examples == 0) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot evaluate the %s split: %d examples were counted, expected %d",
              split,
              examples,
              expected));
    }
    List<ClassScore> perClass = new ArrayList<>();
    for (int k = 0; k < confusion.length; k++) {
      double precision = ratio(confusion[k][k], predicted[k]);
      double recall = ratio(confusion[k][k], support[k]);
      double f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
      perClass.add(new ClassScore(classNames.get(k), precision, recall, f1, support[k]));
    }
    return new Evaluation(
        split,
        checkpoint,
        examples,
        counts.lossSum() / examples,
        ratio(correct, examples),
        ratio(counts.topFive(), examples),
        classNames,
        perClass,
        confusion,
        null,
        null);
  }

  /**
   * Loads evaluation.json. Numbers that the file does not give are NaN, the number of examples 0
   * and texts ""; scores of a class that it leaves out are taken from the confusion matrix.
   *
   * @throws IOException if the file cannot be read or is malformed
   */
  public static Evaluation load(Path file) throws IOException {
    JsonNode root = Json.readObject(file);
    long[][] confusion = confusionMatrix(file, root.path("confusionMatrix"));
    List<ClassScore> perClass = classes(root, confusion);
    JsonNode validation = root.path("validation");
    JsonNode augmented = root.path("testTimeAugmentation");
    return new Evaluation(
        root.path("split").asText(""),
        root.path("checkpoint").asText(""),
        root.path("examples").asLong(0),
        number(root, "loss"),
        number(root, "top1Accuracy"),
        number(root, "top5Accuracy"),
        perClass.stream().map(ClassScore::name).toList(),
        perClass,
        confusion,
        validation.isObject()
            ? new Selection(
                validation.path("bestEpoch").asInt(0),
                number(validation, "bestAccuracy"),
                number(validation, "lastAccuracy"))
            : null,
        augmented.isObject()
            ? new Augmented(
                augmented.path("method").asText(""),
                number(augmented, "loss"),
                number(augmented, "top1Accuracy"),
                number(augmented, "top5Accuracy"))
            : null);
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
            String.format(
                Locale.ROOT,
                "Cannot read %s: confusionMatrix has %d rows but row %d has %d columns",
                file,
                matrix.length,
                row + 1,
                values.size()));
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

  /** How it classifies with test-time augmentation; empty without. */
  public Optional<Augmented> augmented() {
    return Optional.ofNullable(testTimeAugmentation);
  }

  /** Share classified right with test-time augmentation; empty without. */
  public OptionalDouble augmentedTop1Accuracy() {
    return augmented().stream().mapToDouble(Augmented::top1Accuracy).findFirst();
  }

  /** The same with how its checkpoint was chosen. */
  public Evaluation withValidation(Selection selection) {
    return with(selection, testTimeAugmentation);
  }

  /** The same beside an evaluation of the same examples with test-time augmentation. */
  public Evaluation withAugmented(String method, Evaluation augmented) {
    return with(
        validation,
        new Augmented(
            method, augmented.loss(), augmented.top1Accuracy(), augmented.top5Accuracy()));
  }

  private Evaluation with(Selection selection, Augmented augmented) {
    return new Evaluation(
        split,
        checkpoint,
        examples,
        loss,
        top1Accuracy,
        top5Accuracy,
        classNames,
        perClass,
        confusionMatrix,
        selection,
        augmented);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
