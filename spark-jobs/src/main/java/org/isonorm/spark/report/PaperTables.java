package org.isonorm.spark.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.isonorm.spark.run.RecordTable;
import org.isonorm.spark.run.Sample;

/**
 * Tables 1 to 3 of Zhang et al. (2022) beside runs of ours: same network, data set, augmentation
 * and initialization, by the BN/γ rule also the same γ. Runs of other lengths or of a reduced
 * experiment are never averaged together: each kind has a row of its own that says so.
 */
final class PaperTables {
  private static final String FOREIGN = "MixMo";

  /**
   * A cell of the paper, a row of paper-results.csv; accuracy in percent.
   *
   * @param convolutions the rule's variance of convolutions such as 5/m, "" for other methods
   */
  private record Cell(
      String table,
      String network,
      String dataset,
      String augmentation,
      String epochs,
      String method,
      double accuracy,
      String convolutions) {
    /** Whether it is of a method that no run of ours can have. */
    boolean isForeign() {
      return augmentation.contains(FOREIGN);
    }
  }

  private static final RecordTable<Cell> CELLS = new RecordTable<>(Cell.class);

  private static final String NO_MIXMO =
      "Cut-MixMo trains a network of two inputs and two outputs, which is not part of Isonorm.";

  private static final List<String> COLUMNS =
      List.of(
          "network",
          "augmentation",
          "initialization",
          "paper (%)",
          "ours (%)",
          "± (seeds)",
          "n",
          "epochs, paper",
          "epochs, ours",
          "scale, ours");

  private final Map<Cell, List<TestResult>> cells;

  private PaperTables(Map<Cell, List<TestResult>> cells) {
    this.cells = cells;
  }

  static PaperTables of(List<TestResult> results) throws IOException {
    Map<Cell, List<TestResult>> cells = new LinkedHashMap<>();
    for (Cell cell : cells()) {
      cells.put(
          cell,
          results.stream()
              .filter(result -> result.network().equals(cell.network()))
              .filter(result -> result.dataset().equals(cell.dataset()))
              .filter(result -> result.augmentation().equals(cell.augmentation()))
              .filter(result -> result.method().equals(cell.method()))
              .filter(result -> result.hasVariance(cell.convolutions()))
              .toList());
    }
    return new PaperTables(cells);
  }

  private static List<Cell> cells() throws IOException {
    try (InputStream file = PaperTables.class.getResourceAsStream("paper-results.csv")) {
      return CELLS.parse(
          "paper-results.csv", new String(file.readAllBytes(), StandardCharsets.UTF_8));
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
      String note = "";
      for (Map.Entry<Cell, List<TestResult>> entry : cells.entrySet()) {
        if (entry.getKey().table().equals(table)) {
          rows.addAll(rows(entry.getKey(), entry.getValue()));
          note = entry.getKey().isForeign() ? NO_MIXMO : note;
        }
      }
      views.add(new View.Titled("Table " + table, new View.Table(COLUMNS, rows, note)));
    }
    return views;
  }

  /** A row for all runs of one kind; one that says so where there is no run. */
  private static List<List<String>> rows(Cell cell, List<TestResult> runs) {
    if (runs.isEmpty()) {
      String none = cell.isForeign() ? "not available" : "not run";
      return List.of(row(cell, none, Words.UNKNOWN, Words.UNKNOWN, Words.UNKNOWN, Words.UNKNOWN));
    }
    record Kind(String reduction, double epochs) {}
    Map<Kind, List<TestResult>> kinds =
        runs.stream().collect(Collectors.groupingBy(r -> new Kind(r.reduction(), r.epochs())));
    return kinds.entrySet().stream()
        .sorted(
            Map.Entry.comparingByKey(
                Comparator.comparing(Kind::reduction)
                    .thenComparing(Comparator.comparingDouble(Kind::epochs).reversed())))
        .map(entry -> row(cell, entry.getValue(), entry.getKey().reduction()))
        .toList();
  }

  private static List<String> row(Cell cell, List<TestResult> runs, String reduction) {
    double[] accuracies = runs.stream().mapToDouble(run -> 100 * run.accuracy()).toArray();
    return row(
        cell,
        percent(Sample.mean(accuracies)),
        percent(Sample.deviation(accuracies)),
        Integer.toString(accuracies.length),
        Words.number(runs.get(0).epochs(), 6),
        reduction.isEmpty() ? "full" : "reduced: " + reduction);
  }

  private static List<String> row(
      Cell cell, String ours, String deviation, String n, String epochs, String scale) {
    String rule = "BN/γ rule (the paper's), " + cell.convolutions();
    return List.of(
        cell.network(),
        cell.augmentation(),
        cell.method().equals("rule") ? rule : cell.method(),
        percent(cell.accuracy()),
        ours,
        deviation,
        n,
        cell.epochs(),
        epochs,
        scale);
  }

  private static String percent(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : Words.UNKNOWN;
  }
}
