package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.isonorm.spark.report.Report;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code isonorm report}. */
@Command(
    name = "report",
    header = "Writes the report of a run or a grid, one HTML file.",
    description = {
      "%nFrom the files in the folder alone, finished or not, with its figures in plots/ as PNG; training and grids write it as well when they end.",
      "",
      "Of a folder of several runs or grids it compares them: what differs in their configurations, accuracy over seeds, paired differences, speed and curves, with comparison.csv, differences.csv and comparison.md; and the paper's tables if runs belong to them.%n"
    },
    footer = {
      "",
      "Examples:",
      "  isonorm report runs/quickstart",
      "  isonorm report runs/grid-lr-gamma",
    })
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Folder folder;

  /** The folder, given either way. */
  static final class Folder {
    @Parameters(paramLabel = "DIR", description = "Folder of a run, of a grid, or of several.")
    private Path positional;

    @Option(names = "--run", paramLabel = "DIR", description = "The same.")
    private Path named;

    private Path path() {
      return positional == null ? named : positional;
    }
  }

  @Option(names = "--json", description = "Print the file written as one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  record Written(String report) {}

  @Override
  public Integer call() throws IOException {
    Path report = Report.render(folder.path());
    Report.withoutFigures()
        .ifPresent(sentence -> spec.commandLine().getErr().println("isonorm: " + sentence));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, new Written(report.toString()));
    } else {
      out.println("The report is " + report);
    }
    return CommandLineInterface.DONE;
  }
}
