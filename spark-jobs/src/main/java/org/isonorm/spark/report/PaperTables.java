package org.isonorm.spark.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.math3.stat.StatUtils;

/**
 * Tables 1 to 3 of Zhang et al. (2022) beside runs of ours: same network, data set, augmentation
 * and initialization; the epochs of both are stated.
 */
final class PaperTables {
  /** A cell of the paper; accuracy in percent. */
  private record Cell(
      String table,
      String network,
      String dataset,
      String augmentation,
      String epochs,
      String method,
      double accuracy) {}

  private final Map<Cell, List<TestResult>> cells;

  private PaperTables(Map<Cell, List<TestResult>> cells) {
    this.cells = cells;
  }

  static PaperTables of(List<TestResult> results) throws IOException {
    Map<Cell, List<TestResult>> cells = new LinkedHashMap<>();
    for (Cell cell : cells()) {
      cells.put(
          cell,
          wholeOnesFirst(
              results.stream()
                  .filter(result -> result.network().equals(cell.network()))
                  .filter(result -> result.dataset().equals(cell.dataset()))
                  .filter(result -> result.augmentation().equals(cell.augmentation()))
                  .filter(result -> result.method().equals(cell.method()))
                  .toList()));
    }
    return new PaperTables(cells);
  }

  /** Those of the whole experiment; where there are none, those of a reduced one. */
  private static List<TestResult> wholeOnesFirst(List<TestResult> results) {
    List<TestResult> whole = results.stream().filter(result -> !result.isReduced()).toList();
    return whole.isEmpty() ? results : whole;
  }

  private static List<Cell> cells() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                PaperTables.class.getResourceAsStream("paper-results.csv"),
                StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .skip(1)
          .map(line -> line.split(","))
          .map(
              cell ->
                  new Cell(
                      cell[0],
                      cell[1],
                      cell[2],
                      cell[3],
                      cell[4],
                      cell[5],
                      Double.parseDouble(cell[6])))
          .toList();
    }
  }

  /** Whether a run of ours has a place in them. */
  boolean hasOurs() {
    return cells.values().stream().anyMatch(runs -> !runs.isEmpty());
  }

  List<View.Titled> views() {
    List<View.Titled> views = new ArrayList<>();
    for (String table : cells.keySet().stream().map(Cell::table).distinct().toList()) {
      List<List<String>> rows = new ArrayList<>();
      cells.forEach(
          (cell, runs) -> {
            if (cell.table().equals(table)) {
              rows.add(row(cell, runs));
            }
          });
      views.add(
          new View.Titled(
              "Table " + table,
              new View.Table(
                  List.of(
                      "network",
                      "augmentation",
                      "initialization",
                      "paper (%)",
                      "ours (%)",
                      "± (seeds)",
                      "n",
                      "epochs, paper",
                      "epochs, ours"),
                  rows,
                  "")));
    }
    return views;
  }

  private static List<String> row(Cell cell, List<TestResult> runs) {
    double[] accuracies = runs.stream().mapToDouble(run -> 100 * run.accuracy()).toArray();
    boolean none = accuracies.length == 0;
    return List.of(
        cell.network(),
        cell.augmentation(),
        cell.method().equals("rule") ? "BN/γ rule (the paper's)" : cell.method(),
        percent(cell.accuracy()),
        none ? "not run" : percent(StatUtils.mean(accuracies)),
        accuracies.length < 2 ? Words.UNKNOWN : percent(Math.sqrt(StatUtils.variance(accuracies))),
        none ? Words.UNKNOWN : Integer.toString(accuracies.length),
        cell.epochs(),
        none
            ? Words.UNKNOWN
            : runs.stream().map(TestResult::epochs).distinct().collect(Collectors.joining(", ")));
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
