package org.isonorm.spark.report;

import java.util.List;
import java.util.stream.Collectors;

/** Tables as text that GitHub and most other readers of Markdown show as tables. */
final class Markdown {
  private Markdown() {}

  /** A table with a title of the second order, and a line below it; "" for one without rows. */
  static String section(String title, RunComparison.Table table, String note) {
    if (table.rows().isEmpty()) {
      return "";
    }
    return "## "
        + title
        + "\n\n"
        + line(table.columns())
        + table.columns().stream().map(column -> "|---").collect(Collectors.joining("", "", "|\n"))
        + table.rows().stream().map(Markdown::line).collect(Collectors.joining())
        + (note.isEmpty() ? "" : "\n" + note + "\n")
        + "\n";
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(cell -> "| " + cell.replace("|", "\\|").replace("\n", " ") + " ")
        .collect(Collectors.joining("", "", "|\n"));
  }
}
