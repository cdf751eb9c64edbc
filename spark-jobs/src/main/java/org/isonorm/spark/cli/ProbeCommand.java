package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.probe.ProbeJob;
import org.isonorm.spark.probe.ProbeSummary;
import org.isonorm.spark.run.ProbeRow;
import org.isonorm.spark.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm probe}. */
@Command(
    name = "probe",
    header = "Finds a learning rate and a gamma before training, at a small part of its cost.",
    description =
        "%nMeasures the gamma at which layers start in equilibrium and, by the sharpness of the loss from exact products with"
            + " the Hessian, the largest stable learning rate; then trains short runs at rates a factor of two apart around it,"
            + " each from its own equilibrium, and compares their validation loss. From the best of these it reckons the"
            + " rate for the length of the training. Leaves a folder with probe.json, probe.csv, probe.png and probe.conf, the"
            + " configuration to train with. The test split is left alone."
            + " Weight decay stays as configured.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm probe --config conf/cifar10-resnet20.conf --set training.epochs=30",
      "  isonorm train --config runs/cifar10-resnet20-probe/probe.conf",
      "  isonorm train --config conf/cifar10-resnet20.conf --set training.epochs=30 --probe",
    })
final class ProbeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions options;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description =
          "The probe's folder, new or empty (the configuration's run.output with -probe).")
  private Path output;

  @Option(
      names = "--share",
      paramLabel = "X",
      defaultValue = "0.03",
      description =
          "Part of the cost of the configured training that the probe may take, in (0, 1]; of short trainings a larger one"
              + " is needed.")
  private double share;

  @Option(names = "--json", description = "Print the outcome as one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    ProbeJob.checkShare(share);
    IsonormConfig config = options.load(List.of());
    Path folder = output == null ? Storage.path(config.run().output() + "-probe") : output;
    ProbeJob.check(config, folder);
    PrintWriter err = spec.commandLine().getErr();
    ProbeSummary summary;
    try (SparkSession spark = ConfigOptions.session(config)) {
      summary = ProbeJob.run(config, folder, share, spark, err::println);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, summary);
    } else {
      print(out, summary);
    }
    return CommandLineInterface.DONE;
  }

  private static void print(PrintWriter out, ProbeSummary summary) {
    TextTable table =
        new TextTable(
            ">learning rate", ">gamma", ">rate x gamma", ">seed", ">validation loss", ">accuracy");
    for (ProbeRow row : summary.runs()) {
      boolean diverged = row.validationLoss() == null;
      table.row(
          row.learningRate(),
          row.initGamma(),
          String.format(Locale.ROOT, "%.3g", row.effectiveRate()),
          row.seed(),
          diverged ? "diverged" : String.format(Locale.ROOT, "%.4f", row.validationLoss()),
          diverged ? "" : String.format(Locale.ROOT, "%.1f%%", 100 * row.validationAccuracy()));
    }
    out.print(table);
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            "Learning rate %s, gamma %s, weight decay %s, at %.1f%% of the training's cost.",
            summary.learningRate(),
            summary.initGamma(),
            summary.weightDecay(),
            100 * summary.cost()));
    out.println(summary.why());
    out.println("Train with: " + StopSignals.command("train", "--config", summary.configuration()));
  }
}
