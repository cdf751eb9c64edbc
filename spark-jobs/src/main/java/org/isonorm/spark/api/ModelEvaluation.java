package org.isonorm.spark.api;

import java.util.List;
import java.util.OptionalDouble;
import org.isonorm.spark.run.Evaluation;

/**
 * A model's evaluation on some examples.
 *
 * @param split which examples: test, validation or train
 * @param examples how many
 * @param loss mean cross-entropy
 * @param top1Accuracy share classified right, in [0, 1]
 * @param top5Accuracy share whose class is among the five most probable, in [0, 1]
 * @param augmentedTop1Accuracy share classified right by test-time augmentation; empty without it
 * @param confusionMatrix examples of class (first index) that were classified as (second index)
 */
public record ModelEvaluation(
    String split,
    long examples,
    double loss,
    double top1Accuracy,
    double top5Accuracy,
    OptionalDouble augmentedTop1Accuracy,
    List<List<Long>> confusionMatrix) {
  static ModelEvaluation of(Evaluation evaluation) {
    return new ModelEvaluation(
        evaluation.split(),
        evaluation.examples(),
        evaluation.loss(),
        evaluation.top1Accuracy(),
        evaluation.top5Accuracy(),
        evaluation.augmentedTop1Accuracy(),
        java.util.Arrays.stream(evaluation.confusionMatrix())
            .map(row -> java.util.Arrays.stream(row).boxed().toList())
            .toList());
  }
}
