package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.isonorm.spark.api.RunSettings;
import org.isonorm.spark.api.Trainer;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.Scale;
import org.isonorm.spark.config.Setting;
import org.isonorm.spark.probe.ProbeJob;
import org.isonorm.spark.probe.ProbedRun;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.NewFolder;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.storage.Storage;
import org.isonorm.spark.train.TrainingJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code isonorm train}. */
@Command(
    name = "train",
    header = "Trains a network and evaluates it on the test split.",
    description =
        "%nLeaves a folder with the resolved configuration, the metrics of every averaging round and epoch, the checkpoints,"
            + " the model, its evaluation and a report. Progress goes to stderr.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm train --config conf/quickstart.conf",
      "  isonorm train --config conf/cifar10-resnet20.conf --set averaging.frequency=16 --output runs/frequency-16",
      "  isonorm train --config conf/paper/table1-vgg-19-rule.conf --scale small",
      "  isonorm train --config conf/cifar10-resnet20.conf --set training.epochs=30 --probe",
      "  isonorm train --resume --output runs/frequency-16",
    })
final class TrainCommand implements Callable<Integer> {
  private static final String OUTPUT_KEY = "run.output";

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions options;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "The run's folder, new or empty (the configuration's run.output).")
  private Path output;

  @Option(
      names = "--resume",
      description =
          "Go on from the last checkpoint in the run's folder, or from the start if there is none yet; without --config, by the"
              + " configuration in there. A data set that was moved since is named by --set data.path=DIR.")
  private boolean resume;

  @Option(
      names = "--scale",
      paramLabel = "SCALE",
      description =
          "full, or small: minutes on two cores instead of days, by a quarter of the width, at most 6,000 training examples,"
              + " 8 epochs and half of the batch; what else the configuration says stays.")
  private String scale = "full";

  @Option(
      names = "--probe",
      description =
          "First find a learning rate and a gamma, as isonorm probe does, and train with these; the probe stays in DIR/probe.")
  private boolean probe;

  @Option(
      names = "--share",
      paramLabel = "X",
      description =
          "With --probe: part of the training's cost that the probe may take, in (0, 1] (0.03). A probe that goes on keeps its own.")
  private Double share;

  @Option(names = "--json", description = "Print the evaluation as one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    IsonormConfig config = resume ? configToResume() : options.load(outputSetting(), scale());
    Path folder = output == null ? Storage.path(config.run().output()) : output;
    PrintWriter err = spec.commandLine().getErr();
    ProbedRun probed = new ProbedRun(folder);
    checkProbe(probed);
    if (resume && probed.isFound()) {
      config = probed.resumed(config);
    }
    TrainingJob.check(config, folder, resume);
    boolean probes = (probe || (resume && probed.isBegun())) && !probed.isFound();
    if (probes) {
      probed.check(config);
    }
    Optional<Evaluation> finished =
        resume ? TrainingJob.finished(folder, err::println) : Optional.empty();
    if (finished.isEmpty()) {
      config = train(config, folder, probes ? Optional.of(probed) : Optional.empty(), err);
    }
    Evaluation evaluation = Evaluation.load(new RunFolder(folder).evaluation());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, evaluation);
    } else {
      EvaluationText.print(out, evaluation);
      ConfigOptions.printNote(config, out);
      out.println("The run is in " + folder);
    }
    return CommandLineInterface.DONE;
  }

  private void checkProbe(ProbedRun probed) throws IOException {
    if (share != null) {
      ProbeJob.checkShare(share);
      if (!probe) {
        throw new ParameterException(spec.commandLine(), "Missing --probe, which --share is for");
      }
    }
    if (probe
        && resume
        && !probed.isBegun()
        && Files.isDirectory(probed.folder())
        && !RunFolder.isEmpty(probed.folder())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --probe: %s was begun without one (leave --probe out, or choose another --output)",
              probed.folder()));
    }
  }

  /**
   * Trains.
   *
   * @param probed where a probe goes before
   * @return the configuration that was trained with
   */
  private IsonormConfig train(
      IsonormConfig config, Path folder, Optional<ProbedRun> probed, PrintWriter err)
      throws IOException {
    ConfigOptions.printNote(config, err);
    StopSignals.resumable(new RunFolder(folder).config(), "train", "--resume", "--output", folder);
    try (SparkSession spark = ConfigOptions.session(config)) {
      IsonormConfig trained =
          probed.isPresent()
              ? probed.get().probe(config, share(probed.get()), spark, err::println)
              : config;
      Trainer trainer =
          Trainer.on(spark).settings(RunSettings.of(trained)).progressLines(err::println);
      // The folder of a probe that went before is the run's.
      if (resume || probed.isPresent()) {
        trainer.resume(folder);
      } else {
        trainer.train(folder);
      }
      return trained;
    }
  }

  private double share(ProbedRun probed) throws IOException {
    if (share != null) {
      return share;
    }
    return probed.isBegun() ? probed.share() : ProbeJob.SHARE;
  }

  private Scale scale() {
    return Scale.parse(scale);
  }

  /** The configuration of {@code --config}, or the one in the run's folder. */
  private IsonormConfig configToResume() throws IOException {
    if (output == null) {
      if (!options.hasFile()) {
        throw new ParameterException(
            spec.commandLine(),
            "Missing --output DIR or --config FILE, which --resume goes on with");
      }
      return options.load(List.of(), scale());
    }
    options.checkScaleOfResumed(scale());
    if (!Files.isDirectory(output)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --resume: %s (no such folder; begin without --resume)",
              output));
    }
    if (NewFolder.isGrid(output)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --resume: %s is the folder of a grid, not of a run (go on with: %s)",
              output,
              StopSignals.command("grid", "--resume", output)));
    }
    Path file = new RunFolder(output).config();
    if (RunFolder.isEmpty(output)) {
      return options.load(outputSetting(), scale()); // Killed before it wrote its configuration.
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --resume: %s is not a run's folder (it has no config.conf)",
              output));
    }
    IsonormConfig before = IsonormConfig.load(Optional.of(file), List.of());
    // The folder may have been moved since, or be named by another path.
    List<Setting> sameOutput =
        List.of(new Setting(OUTPUT_KEY, before.run().output(), file.toString()));
    return options.hasFile() ? options.load(sameOutput, scale()) : options.load(file, sameOutput);
  }

  private List<Setting> outputSetting() {
    return output == null
        ? List.of()
        : List.of(new Setting(OUTPUT_KEY, output.toString(), "--output"));
  }
}
