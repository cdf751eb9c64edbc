package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.isonorm.spark.report.RunComparison;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code isonorm runs}. */
@Command(
    name = "runs",
    header = "Compares the runs of a folder.",
    description = {
      "%nWhat differs in their configurations, accuracy over seeds and speed, as isonorm report DIR shows them on a page: those of one configuration together, the highest validation accuracy first, then each run.%n"
    },
    footer = {"", "Examples:", "  isonorm runs", "  isonorm runs runs --json"})
final class RunsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = "runs",
      description = "Folder of runs and grids, up to four levels below it.")
  private Path folder;

  @Option(names = "--json", description = "Print the tables as one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  record Compared(
      RunComparison.Table configurations,
      RunComparison.Table differences,
      RunComparison.Table runs,
      List<String> leftOut) {}

  @Override
  public Integer call() throws IOException {
    RunComparison runs = RunComparison.in(folder);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(
          out,
          new Compared(runs.configurations(), runs.differences(), runs.each(), runs.leftOut()));
    } else {
      out.print(text(runs.configurations()));
      out.println();
      if (!runs.differences().rows().isEmpty()) {
        out.println("Differences in points of percent, seed by seed, ± 95 % confidence interval:");
        out.print(text(runs.differences()));
        out.println();
      }
      out.print(text(runs.each()));
      runs.leftOut().forEach(sentence -> out.println("Left out: " + sentence));
    }
    return CommandLineInterface.DONE;
  }

  private static TextTable text(RunComparison.Table table) {
    TextTable text = new TextTable(table.columns().toArray(String[]::new));
    table.rows().forEach(row -> text.row(row.toArray()));
    return text;
  }
}
