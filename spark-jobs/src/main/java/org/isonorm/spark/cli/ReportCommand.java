package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.isonorm.spark.report.RunReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm report}. */
@Command(
    name = "report",
    header = "Writes the report of a run, one HTML file.",
    description =
        "%nFrom the files in the run's folder alone, finished or not; training writes it as well when it ends.%n",
    footer = {
      "",
      "Example:",
      "  isonorm report --run runs/quickstart",
    })
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
  private Path run;

  @Option(names = "--json", description = "Print the file written as one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  record Written(String report) {}

  @Override
  public Integer call() throws IOException {
    Path report = RunReport.render(run);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, new Written(report.toString()));
    } else {
      out.println("The report is " + report);
    }
    return CommandLineInterface.DONE;
  }
}
