package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.isonorm.spark.run.Evaluation;

/** The confusion matrix as a heat map, and the errors made most often. */
final class Confusion {
  /** With more classes than this, counts and names are too small to read. */
  private static final int PRINTED_CLASSES = 25;

  /** With more classes than this, cells are too small to see. */
  static final int DRAWN_CLASSES = 120;

  private static final int WORST = 10;

  /**
   * From this share on, text of the page's colour is hard to read on the shade of the dark scheme.
   */
  private static final double STRONG = 0.62;

  /** The same of the light scheme. */
  private static final double STRONGEST = 0.85;

  private Confusion() {}

  static View.Matrix matrix(Evaluation evaluation) {
    long[][] counts = evaluation.confusionMatrix();
    List<String> names = evaluation.classNames();
    boolean dense = counts.length > PRINTED_CLASSES;
    List<View.MatrixRow> rows = new ArrayList<>();
    for (int row = 0; row < counts.length; row++) {
      long total = total(counts[row]);
      List<View.Cell> cells = new ArrayList<>();
      for (int column = 0; column < counts.length; column++) {
        cells.add(cell(names.get(row), names.get(column), counts[row][column], total, dense));
      }
      rows.add(new View.MatrixRow(names.get(row), cells));
    }
    return new View.Matrix(names, rows, dense);
  }

  private static View.Cell cell(
      String truth, String prediction, long count, long total, boolean dense) {
    if (count == 0) {
      return new View.Cell(dense ? "" : "0", "", "", "");
    }
    double share = (double) count / total;
    return new View.Cell(
        dense ? "" : Words.count(count),
        String.format(Locale.ROOT, "%.3f", share),
        share >= STRONGEST ? "strongest" : share >= STRONG ? "strong" : "",
        String.format(
            Locale.ROOT,
            "%s as %s: %s (%s)",
            truth,
            prediction,
            Words.count(count),
            Words.percent(share)));
  }

  private static long total(long[] counts) {
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    return total;
  }

  /** The pairs of a true and a wrongly predicted class with the most examples. */
  static View.Table worst(Evaluation evaluation) {
    long[][] counts = evaluation.confusionMatrix();
    record Pair(int truth, int prediction, long count) {}
    List<Pair> pairs = new ArrayList<>();
    for (int row = 0; row < counts.length; row++) {
      for (int column = 0; column < counts.length; column++) {
        if (row != column && counts[row][column] > 0) {
          pairs.add(new Pair(row, column, counts[row][column]));
        }
      }
    }
    List<List<String>> rows =
        pairs.stream()
            .sorted(Comparator.comparingLong(Pair::count).reversed())
            .limit(WORST)
            .map(
                pair ->
                    List.of(
                        evaluation.perClass().get(pair.truth()).name()
                            + " → "
                            + evaluation.perClass().get(pair.prediction()).name(),
                        Words.count(pair.count()),
                        Words.percent((double) pair.count() / total(counts[pair.truth()]))))
            .toList();
    return new View.Table(List.of("true → predicted", "examples", "of the true class"), rows, "");
  }
}
