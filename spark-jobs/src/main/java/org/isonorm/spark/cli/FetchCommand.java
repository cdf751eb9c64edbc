package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.Fetcher;
import org.isonorm.init.NearestName;
import org.isonorm.spark.storage.ShellLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm fetch}. */
@Command(
    name = "fetch",
    header = "Fetches a published data set and unpacks it.",
    description =
        "%nFrom its author's site, checked against the published MD5; an interrupted download is resumed. Without a"
            + " connection, give ingest --source a copy of the archive.%n",
    footer = {
      "",
      "Example:",
      "  isonorm fetch --dataset cifar10 --out data/archives",
    })
final class FetchCommand implements Callable<Integer> {
  private static final List<DatasetKind> FETCHED =
      List.of(DatasetKind.CIFAR10, DatasetKind.CIFAR100);

  @Spec private CommandSpec spec;

  @Option(
      names = "--dataset",
      required = true,
      paramLabel = "NAME",
      description = "cifar10 or cifar100.")
  private String dataset;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Local folder of archives; made if need be.")
  private Path out;

  @Option(
      names = "--from",
      paramLabel = "URL",
      defaultValue = "https://www.cs.toronto.edu/~kriz/",
      description = "Where the archives are, if a mirror has them.")
  private URI from;

  @Option(names = "--json", description = "Print the folder unpacked to as one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  record Fetched(String dataset, String folder) {}

  @Override
  public Integer call() throws IOException {
    if (dataset.equals(DatasetKind.SYNTHETIC.id())) {
      throw new IllegalArgumentException(
          "Invalid --dataset: synthetic (it is drawn, not fetched; run isonorm ingest --dataset synthetic)");
    }
    DatasetKind kind = NearestName.find("--dataset", dataset, FETCHED, DatasetKind::id);
    if (from.getScheme() == null || !from.getScheme().matches("https?")) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid --from: %s (must be an http: or https: URL)", from));
    }
    StopSignals.remedy(() -> "the same command goes on where it was");
    Path folder = Fetcher.from(from).fetch(kind, out);
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      Result.print(writer, new Fetched(kind.id(), folder.toString()));
    } else {
      writer.println(String.format(Locale.ROOT, "%s is in %s", kind, folder));
      writer.println(
          String.format(
              Locale.ROOT,
              "Next: %s",
              ShellLine.isonorm(
                  "ingest", "--dataset", kind, "--source", folder, "--out", "data/" + kind)));
    }
    return CommandLineInterface.DONE;
  }
}
