package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.isonorm.spark.run.Evaluation;

/** What a run's evaluation adds to its page. */
final class Results {
  private final Evaluation evaluation;

  Results(Evaluation evaluation) {
    this.evaluation = evaluation;
  }

  void addTo(Map<String, Object> model) {
    model.put("evaluated", sentence());
    int classes = evaluation.confusionMatrix().length;
    if (classes > 0 && classes <= Confusion.DRAWN_CLASSES) {
      model.put("matrix", Confusion.matrix(evaluation));
    }
    if (classes > 0) {
      model.put("worst", Confusion.worst(evaluation));
    }
    if (!evaluation.perClass().isEmpty()) {
      model.put("classes", classTable());
    }
  }

  private String sentence() {
    List<String> parts = new ArrayList<>();
    parts.add("Top-1 accuracy " + Words.percent(evaluation.top1Accuracy()));
    if (Double.isFinite(evaluation.top5Accuracy())) {
      parts.add("top-5 " + Words.percent(evaluation.top5Accuracy()));
    }
    if (Double.isFinite(evaluation.loss())) {
      parts.add("loss " + Words.number(evaluation.loss(), 4));
    }
    if (evaluation.examples() > 0) {
      parts.add(
          "over "
              + Words.count(evaluation.examples())
              + " examples"
              + (evaluation.split().isEmpty() ? "" : " of the " + evaluation.split() + " split"));
    }
    if (!evaluation.checkpoint().isEmpty()) {
      parts.add(evaluation.checkpoint() + " checkpoint");
    }
    return String.join(", ", parts) + "." + augmented();
  }

  private String augmented() {
    return evaluation
        .augmented()
        .map(
            augmented ->
                String.format(
                    Locale.ROOT,
                    " With test-time augmentation (%s): top-1 accuracy %s, top-5 %s, loss %s.",
                    augmented.method(),
                    Words.percent(augmented.top1Accuracy()),
                    Words.percent(augmented.top5Accuracy()),
                    Words.number(augmented.loss(), 4)))
        .orElse("");
  }

  private View.Table classTable() {
    List<List<String>> rows =
        evaluation.perClass().stream()
            .map(
                score ->
                    List.of(
                        score.name(),
                        Words.percent(score.precision()),
                        Words.percent(score.recall()),
                        Words.percent(score.f1()),
                        score.support() < 0 ? Words.UNKNOWN : Words.count(score.support())))
            .toList();
    return new View.Table(List.of("class", "precision", "recall", "F1", "support"), rows, "");
  }
}
