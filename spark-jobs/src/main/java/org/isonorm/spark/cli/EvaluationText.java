package org.isonorm.spark.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.run.Evaluation;

/** An evaluation, for people. */
final class EvaluationText {
  private static final double PERCENT = 100;

  private EvaluationText() {}

  /** Prints the scores of every class, then those of the whole split. */
  static void print(PrintWriter out, Evaluation evaluation) {
    TextTable table = new TextTable("class", ">precision", ">recall", ">F1", ">examples");
    for (Evaluation.ClassScore score : evaluation.perClass()) {
      table.row(
          score.name(),
          percent(score.precision()),
          percent(score.recall()),
          percent(score.f1()),
          String.format(Locale.ROOT, "%,d", score.support()));
    }
    out.print(table);
    out.println(
        String.format(
            Locale.ROOT,
            "%s: top-1 accuracy %s, top-5 accuracy %s, loss %.4f over %s",
            evaluation.split(),
            percent(evaluation.top1Accuracy()),
            percent(evaluation.top5Accuracy()),
            evaluation.loss(),
            Plural.of(evaluation.examples(), "example")));
    evaluation
        .augmented()
        .ifPresent(
            augmented ->
                out.println(
                    String.format(
                        Locale.ROOT,
                        "%s with %s: top-1 accuracy %s, top-5 accuracy %s, loss %.4f",
                        evaluation.split(),
                        augmented.method(),
                        percent(augmented.top1Accuracy()),
                        percent(augmented.top5Accuracy()),
                        augmented.loss())));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f%%", PERCENT * share);
  }
}
