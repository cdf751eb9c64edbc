package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.isonorm.spark.config.Secrets;
import org.isonorm.spark.report.Plot.Curve;
import org.isonorm.spark.report.Plot.Mark;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.MetricsRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The report of a folder of runs: what differs in their configurations, accuracy over seeds, speed
 * and curves beside each other, and the paper's tables if runs belong to them. The page sorts its
 * tables by a script of its own.
 */
final class RunsReport {
  private static final Logger LOG = LoggerFactory.getLogger(RunsReport.class);
  private static final String CSV = "comparison.csv";
  private static final String DIFFERENCES = "differences.csv";
  private static final String MARKDOWN = "comparison.md";

  private static final String SPREAD_NOTE =
      "Mean ± standard deviation over n seeds; the configurations by their best validation accuracy. With n = 1 it cannot be told whether a difference is more than the seeds' spread.";

  private static final String DIFFERENCES_NOTE =
      "In points of percent: the mean over n seeds that both were run at, ± half of its 95 % confidence interval by Student's t. An interval without 0 is a difference, but of twenty without one, one looks like it; and configuration 1 was chosen as the best, so that part of its lead is luck.";

  /** More curves than this cannot be told apart. */
  private static final int CURVES = 8;

  private final RunComparison runs;

  private RunsReport(RunComparison runs) {
    this.runs = runs;
  }

  static Path render(RunComparison runs) throws IOException {
    RunsReport report = new RunsReport(runs);
    Figure figure = report.curves();
    PaperTables tables = PaperTables.of(runs.testResults());
    Map<String, Object> model = new HashMap<>();
    model.put("name", runs.folder().toAbsolutePath().normalize().getFileName().toString());
    model.put("configurations", view(runs.configurations(), report.note()));
    model.put("differences", view(runs.differences(), DIFFERENCES_NOTE));
    model.put("each", view(runs.each(), ""));
    model.put("counts", counts(runs));
    model.put("curves", figure.view());
    model.put("leftOut", runs.leftOut());
    model.put("common", common(runs));
    model.put("testedRuns", Words.plural(runs.testResults().size(), "tested run"));
    model.put("paperTablesRun", tables.hasOurs());
    model.put("paperTables", tables.views());
    Figure.write(List.of(figure), runs.folder());
    write(runs, CSV, runs.csv());
    write(runs, DIFFERENCES, runs.differencesCsv());
    write(runs, MARKDOWN, report.markdown());
    Path file = Page.write(runs.folder(), Page.fill("runs.ftlh", model));
    LOG.info("Wrote {}", file);
    return file;
  }

  private static void write(RunComparison runs, String name, String text) throws IOException {
    AtomicFiles.write(runs.folder().resolve(name), text);
  }

  private String markdown() {
    return Markdown.section("Configurations", runs.configurations(), SPREAD_NOTE)
        + Markdown.section("Differences", runs.differences(), DIFFERENCES_NOTE)
        + Markdown.section("Runs", runs.each(), "");
  }

  private static String counts(RunComparison runs) {
    return String.format(
        Locale.ROOT,
        "%s of %s",
        Words.plural(runs.runs(), "run"),
        Words.plural(runs.groups().size(), "configuration"));
  }

  private static View.Table view(RunComparison.Table table, String note) {
    return new View.Table(table.columns(), table.rows(), note);
  }

  private String note() {
    return SPREAD_NOTE + " " + CSV + " has a row a run, " + MARKDOWN + " these tables.";
  }

  private static View.Table common(RunComparison runs) {
    return new View.Table(
        List.of("setting", "value of all runs"),
        runs.common().entrySet().stream()
            .map(
                entry ->
                    List.of(entry.getKey(), Secrets.withhold(entry.getKey(), entry.getValue())))
            .toList(),
        "");
  }

  /** Validation accuracy over epochs, a curve a run and an ink a configuration. */
  private Figure curves() {
    String title = "Validation accuracy";
    List<RunComparison.Group> groups = runs.groups();
    List<Ink> inks = Ink.ramp(Math.min(CURVES, groups.size()));
    List<Named> curves = new ArrayList<>();
    for (int i = 0; i < Math.min(CURVES, groups.size()); i++) {
      boolean labelled = false;
      for (ComparedRun run : groups.get(i).runs()) {
        List<MetricsRow> epochs =
            run.files().metrics().epochs().stream()
                .filter(row -> Double.isFinite(row.validation()))
                .toList();
        if (!epochs.isEmpty()) {
          double[] x = epochs.stream().mapToDouble(MetricsRow::epoch).toArray();
          double[] y = epochs.stream().mapToDouble(row -> 100 * row.validation()).toArray();
          curves.add(
              new Named(
                  labelled ? "" : runs.label(groups.get(i)),
                  new Curve(inks.get(i), epochs.size() == 1 ? Mark.DOTS : Mark.LINE, x, y)));
          labelled = true;
        }
      }
    }
    if (curves.isEmpty()) {
      return Figure.absent("validation-accuracy", title, "No run has validated an epoch.");
    }
    double[] xs = Plot.values(curves.stream().map(c -> c.curve().x()).toArray(double[][]::new));
    double[] ys = Plot.values(curves.stream().map(c -> c.curve().y()).toArray(double[][]::new));
    double last = Arrays.stream(xs).max().orElse(1);
    String few =
        groups.size() > CURVES
            ? String.format(
                Locale.ROOT,
                " Of %d configurations, the %d with the highest accuracy.",
                groups.size(),
                CURVES)
            : "";
    return Figure.of(
        "validation-accuracy",
        title,
        "A curve a run, a colour a configuration." + few,
        Named.legend(curves),
        "Validation accuracy in percent by epoch, a curve a run",
        new Plot(
            Axis.whole("epoch", 0, Math.max(1, last)),
            Axis.fromZero("validation accuracy (%)", ys),
            curves.stream().map(Named::curve).toList()));
  }
}
