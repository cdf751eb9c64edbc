package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.init.NearestName;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.ModelCard;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.session.SparkSessions;
import org.isonorm.spark.storage.Storage;
import org.isonorm.spark.train.EvaluationJob;
import org.isonorm.spark.train.EvaluationJob.Examples;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code isonorm evaluate}. */
@Command(
    name = "evaluate",
    header = "Evaluates a trained model on a split of a data set.",
    description = "%nPrints loss, accuracy and the scores of every class.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm evaluate --run runs/quickstart --split validation",
      "  isonorm evaluate --model runs/cifar10-resnet20/checkpoints/last.zip --data data/cifar10 --json",
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Model model;

  /** Where the model is. */
  static final class Model {
    @Option(
        names = "--run",
        paramLabel = "DIR",
        description = "Folder of a run: its model, data set and validation split.")
    private Path run;

    @Option(
        names = "--model",
        paramLabel = "FILE",
        description = "A model or checkpoint that training wrote; needs --data.")
    private Path file;
  }

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Ingested data set, a path or URI (the run's own).")
  private String data;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "test",
      description = "test, validation or train (the examples trained on).")
  private String split;

  @Option(
      names = "--validation-examples",
      paramLabel = "N",
      description =
          "Examples of the training split that are the validation split (the run's own, else as in conf/base.conf).")
  private Integer validationExamples;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Examples a batch (the run's own, else as in conf/base.conf).")
  private Integer batchSize;

  @Option(
      names = "--test-time-augmentation",
      paramLabel = "NAME",
      description =
          "none, flip or flip-translate: the accuracy by the mean over these views of each image, beside that of the image alone (the run's own, else none).")
  private String augmentation;

  @Option(names = "--json", description = "Print the evaluation as one JSON object.")
  private boolean json;

  /** Before Spark starts, which takes seconds. */
  private void checkThere(String dataset) throws IOException {
    try {
      DatasetManifest.load(dataset, Storage.hadoop());
    } catch (IOException e) {
      throw data == null
          ? new IOException(
              e.getMessage() + "; if the run's data set was moved, name it by --data", e)
          : e;
    }
  }

  @Override
  public Integer call() throws IOException {
    Examples examples = examples();
    Optional<TestTimeAugmentation> views =
        Optional.ofNullable(augmentation).map(ModelOptions::augmentation);
    if (model.run == null && data == null) {
      throw new ParameterException(
          spec.commandLine(), "Missing --data DIR, the data set to evaluate --model on");
    }
    RunFolder folder = model.run == null ? null : RunFolder.open(model.run);
    Path file = folder == null ? model.file : folder.trainedModel();
    IsonormConfig config =
        IsonormConfig.load(Optional.ofNullable(folder).map(RunFolder::config), List.of());
    Checkpoint.checkThere(file);
    String dataset = data == null ? config.data().folder() : data;
    checkThere(dataset);
    Evaluation evaluation;
    try (SparkSession spark =
        SparkSessions.open(
            "isonorm evaluate", folder == null ? Map.of() : config.spark().properties(), 1)) {
      evaluation =
          EvaluationJob.run(
              file,
              dataset,
              folder == null
                  ? ModelCard.read(file).map(ModelCard::crop).orElse(CenterCrop.NONE)
                  : config.data().crop(),
              examples,
              validationExamples == null
                  ? config.data().validationExamples()
                  : OptionalInt.of(validationExamples),
              batchSize == null ? config.training().evaluationBatchSize() : batchSize,
              views.orElse(config.training().testTimeAugmentation()),
              spark);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Result.print(out, evaluation);
    } else {
      EvaluationText.print(out, evaluation);
    }
    return CommandLineInterface.DONE;
  }

  private Examples examples() {
    return NearestName.find(
        "--split",
        split,
        List.of(Examples.values()),
        examples -> examples.name().toLowerCase(Locale.ROOT));
  }
}
