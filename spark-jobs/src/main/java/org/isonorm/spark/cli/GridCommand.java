package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Scale;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.grid.GridJob;
import org.isonorm.spark.grid.GridJob.Start;
import org.isonorm.spark.grid.GridSummary;
import org.isonorm.spark.grid.GridSummary.Point;
import org.isonorm.spark.grid.GridSummary.TimeToTarget;
import org.isonorm.spark.grid.GridSummary.Winner;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.run.NewFolder;
import org.isonorm.spark.run.Sample;
import org.isonorm.spark.session.SparkSessions;
import org.isonorm.spark.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code isonorm grid}. */
@Command(
    name = "grid",
    header = "Trains a network at every point of a grid, such as learning rate x init-gamma.",
    description =
        "%nThe configuration's group grid names the axes. Trials run side by side; each one's result is on disk when it ends,"
            + " so that a grid that was killed goes on with --resume. The best point on the validation examples, or with"
            + " grid.target-accuracy the soonest at it, is evaluated on the test split, no other. Progress goes to stderr.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm grid --config conf/grid-lr-gamma.conf",
      "  isonorm grid --config conf/paper/figure2-vgg-19.conf --scale small",
      "  isonorm grid --resume runs/grid-lr-gamma",
    })
final class GridCommand implements Callable<Integer> {
  private static final String OUTPUT_KEY = "run.output";

  /** Task slots that a machine of a single core is asked for all the same. */
  private static final int FEW_SLOTS = 2;

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions options;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "The grid's folder, new or empty (the configuration's run.output).")
  private Path output;

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description =
          "Go on with the grid in this folder: train what is missing; without --config, by the configuration in there."
              + " A data set that was moved: --set data.path=DIR names it.")
  private Path resume;

  @Option(
      names = "--retry-failed",
      description = "With --resume, train the trials again that failed.")
  private boolean retryFailed;

  @Option(
      names = "--scale",
      paramLabel = "SCALE",
      description =
          "full, or small: minutes on two cores instead of days, by a quarter of the width, at most 6,000 training examples,"
              + " 8 epochs and half of the batch; what else the configuration says stays.")
  private String scale = "full";

  @Option(names = "--json", description = "Print the outcome as one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    IsonormConfig config = config();
    Start start =
        resume == null
            ? new Start.New(Storage.path(config.run().output()))
            : new Start.Resume(resume, retryFailed);
    PrintWriter err = spec.commandLine().getErr();
    GridJob.check(config, start);
    ConfigOptions.printNote(config, err);
    StopSignals.resumable(
        start.folder().resolve(NewFolder.CONFIG), "grid", "--resume", start.folder());
    GridSummary summary;
    try (SparkSession spark =
        SparkSessions.open(config.spark().appName(), config.spark().properties(), slots(config))) {
      summary = GridJob.run(config, start, spark, err::println);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, summary);
    } else {
      print(out, summary, start.folder());
      ConfigOptions.printNote(config, out);
    }
    return CommandLineInterface.DONE;
  }

  private IsonormConfig config() {
    if (resume != null && output != null) {
      throw new ParameterException(
          spec.commandLine(), "Invalid --output: with --resume the grid stays in its folder");
    }
    if (resume == null && retryFailed) {
      throw new ParameterException(
          spec.commandLine(), "Missing --resume DIR, the grid whose failed trials to retry");
    }
    if (resume != null && !options.hasFile()) {
      options.checkScaleOfResumed(Scale.parse(scale));
      GridJob.config(resume); // Says so if it is not a grid's folder.
      return options.load(resume.resolve(NewFolder.CONFIG), List.of());
    }
    return options.load(
        output == null
            ? List.of()
            : List.of(new Setting(OUTPUT_KEY, output.toString(), "--output")),
        Scale.parse(scale));
  }

  private static int slots(IsonormConfig config) {
    return switch (config.grid().mode()) {
      case TRIAL_PER_TASK -> Math.min(Math.max(1, config.grid().parallelTrials()), FEW_SLOTS);
      case DATA_PARALLEL -> Math.min(config.averaging().workers(), FEW_SLOTS);
    };
  }

  private static void print(PrintWriter out, GridSummary grid, Path folder) {
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %d done, %d diverged, %d failed, %d pruned, %d missing",
            Plural.of(grid.trials(), "trial"),
            grid.done(),
            grid.diverged(),
            grid.failed(),
            grid.pruned(),
            grid.missing()));
    out.println();
    out.print(table(grid));
    Winner winner = grid.winner();
    if (winner != null) {
      out.println();
      out.println(
          String.format(
              Locale.ROOT,
              "Winner: %s, %svalidation accuracy %s, test accuracy %s%s over %s",
              winner.point().describe(),
              time(winner.point(), grid.targetAccuracy()),
              percent(winner.point().validationAccuracy(), winner.point().deviation()),
              percent(winner.testAccuracy(), winner.testDeviation()),
              augmented(winner),
              Plural.of(winner.testExamples(), "example")));
    }
    out.println(
        String.format(
            Locale.ROOT,
            "The grid is in %s, its report is %s",
            folder,
            folder.resolve("report.html")));
    if (grid.failed() > 0) {
      out.println(
          "Why trials failed is in trials.csv; train them again with: "
              + StopSignals.command("grid", "--resume", folder, "--retry-failed"));
    }
    if (grid.missing() > 0) {
      out.println(
          "The winner is tested when no trial is missing; go on with: "
              + StopSignals.command("grid", "--resume", folder));
    }
  }

  private static TextTable table(GridSummary grid) {
    List<String> columns =
        new ArrayList<>(
            List.of(
                "point",
                ">done",
                ">diverged",
                ">failed",
                ">validation, best epoch",
                ">last epoch"));
    boolean timed = grid.targetAccuracy() > 0;
    if (timed) {
      String target = target(grid.targetAccuracy());
      columns.addAll(List.of(">reached " + target, ">seconds to " + target));
    }
    TextTable table = new TextTable(columns.toArray(String[]::new));
    for (Point point : grid.points()) {
      List<Object> row =
          new ArrayList<>(
              List.of(
                  point.describe(),
                  point.done(),
                  point.diverged(),
                  point.failed(),
                  percent(point.validationAccuracy(), point.deviation()),
                  percent(point.lastValidationAccuracy(), point.lastDeviation())));
      if (timed) {
        row.add(point.timeToTarget().reached());
        row.add(seconds(point.timeToTarget()));
      }
      table.row(row.toArray());
    }
    return table;
  }

  /** How soon a point is at the target, where the grid has one. */
  private static String time(Point point, double target) {
    if (target == 0) {
      return "";
    }
    return point.timeToTarget().reached() == 0
        ? String.format(Locale.ROOT, "which did not reach %s, as no point did, ", target(target))
        : String.format(
            Locale.ROOT, "%s s of training to %s, ", seconds(point.timeToTarget()), target(target));
  }

  private static String target(double accuracy) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * accuracy);
  }

  private static String seconds(TimeToTarget time) {
    if (time.reached() == 0) {
      return "-";
    }
    return Double.isFinite(time.deviation())
        ? String.format(Locale.ROOT, "%.1f ± %.1f", time.seconds(), time.deviation())
        : String.format(Locale.ROOT, "%.1f", time.seconds());
  }

  /** The mean by test-time augmentation, where there was one. */
  private static String augmented(Winner winner) {
    double[] accuracies =
        winner.augmentedTestAccuracies().stream().mapToDouble(Double::doubleValue).toArray();
    return accuracies.length == 0
        ? ""
        : String.format(
            Locale.ROOT,
            " (with test-time augmentation %s)",
            percent(Sample.mean(accuracies), Sample.deviation(accuracies)));
  }

  private static String percent(double mean, double deviation) {
    if (!Double.isFinite(mean)) {
      return "-";
    }
    return Double.isFinite(deviation)
        ? String.format(Locale.ROOT, "%.2f%% ± %.2f", 100 * mean, 100 * deviation)
        : String.format(Locale.ROOT, "%.2f%%", 100 * mean);
  }
}
