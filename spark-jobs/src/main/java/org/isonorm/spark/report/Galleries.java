package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.isonorm.spark.run.Predictions;
import org.isonorm.spark.run.Predictions.Shown;

/** Examples with their images, right and wrong, as the page shows them. */
final class Galleries {
  private Galleries() {}

  /** None of a kind that there is no example of. */
  static List<View.Gallery> of(Predictions predictions) {
    List<View.Gallery> galleries = new ArrayList<>();
    if (!predictions.wrong().isEmpty()) {
      galleries.add(
          new View.Gallery(
              "Wrong with the highest confidence",
              predictions.wrong().stream()
                  .map(
                      one ->
                          picture(
                              one,
                              String.format(
                                  Locale.ROOT,
                                  "%s, not %s",
                                  known(one.prediction()),
                                  known(one.label())),
                              String.format(
                                  Locale.ROOT,
                                  "%s, true class %s",
                                  Words.wholePercent(one.confidence()),
                                  Words.wholePercent(one.labelConfidence()))))
                  .toList()));
    }
    if (!predictions.correct().isEmpty()) {
      galleries.add(
          new View.Gallery(
              "Right, chosen at random",
              predictions.correct().stream()
                  .map(
                      one -> picture(one, known(one.label()), Words.wholePercent(one.confidence())))
                  .toList()));
    }
    return galleries;
  }

  private static View.Picture picture(Shown one, String words, String confidence) {
    return new View.Picture(
        one.image(),
        String.format(
            Locale.ROOT, "%s, predicted as %s", known(one.label()), known(one.prediction())),
        words,
        confidence);
  }

  private static String known(String className) {
    return className.isEmpty() ? Words.UNKNOWN : className;
  }
}
