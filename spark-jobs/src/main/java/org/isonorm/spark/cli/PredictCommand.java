package org.isonorm.spark.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.isonorm.data.source.ImageFileSettings;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.predict.PredictionFormat;
import org.isonorm.spark.predict.PredictionJob;
import org.isonorm.spark.predict.PredictionRequest;
import org.isonorm.spark.predict.PredictionSummary;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.session.SparkSessions;
import org.isonorm.spark.storage.Storage;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code isonorm predict}. */
@Command(
    name = "predict",
    header = "Predicts the classes of images with a trained model.",
    description =
        "%nWrites a row an image to OUT, which appears when all of it is written: path or index, predicted class, its probability, the most probable classes with --top, and the error of an image that cannot be read. Images are resized and normalized as the model's file says.%n",
    footer = {
      "",
      "Examples:",
      "  isonorm predict --run runs/quickstart --input photos --out predictions",
      "  isonorm predict --model model.zip --input data/cifar10/test --out predictions --format csv --top 3",
    })
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private ModelOptions model;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "PATH",
      description =
          "A folder of images, however nested, or one image; an ingested data set or one of its splits; Parquet files with a column of images. A path or file:, hdfs:, s3a: URI.")
  private String input;

  @Option(
      names = "--image-column",
      paramLabel = "NAME",
      description =
          "The column of images in Parquet: the bytes of image files, a struct with them in bytes, or Spark's images (the first such column).")
  private String column;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder to make, a path or file:, hdfs:, s3a: URI.")
  private String out;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      defaultValue = "parquet",
      description = "parquet, csv or jsonl.")
  private String format;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "1",
      description = "Classes to tell of an image, the most probable ones.")
  private int top;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      defaultValue = "" + ImageFileSettings.DEFAULT_MAX_PIXELS,
      description = "Most pixels of an image file, as protection against decompression bombs.")
  private long maxPixels;

  @Option(
      names = "--test-time-augmentation",
      paramLabel = "NAME",
      defaultValue = "none",
      description =
          "none, flip or flip-translate: predicts by the mean over these views of each image, 2 or 6 passes through the network.")
  private String augmentation;

  @Option(names = "--overwrite", description = "Replace predictions that are at OUT already.")
  private boolean overwrite;

  @Option(
      names = "--json",
      description =
          "Print one JSON object: examples, unreadable, imagesPerSecond, runningImagesPerSecond (after the start, null where there"
              + " is nothing after it), inferenceImagesPerSecond.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PredictionRequest request =
        new PredictionRequest(
            model.file(),
            input,
            Optional.ofNullable(column),
            out,
            PredictionFormat.parse(format),
            top,
            overwrite,
            maxPixels,
            ModelOptions.augmentation(augmentation));
    Map<String, String> properties =
        model
            .run()
            .map(
                run ->
                    IsonormConfig.load(Optional.of(run.config()), List.of()).spark().properties())
            .orElseGet(Map::of);
    Checkpoint.checkThere(request.model());
    PredictionJob.check(request, Storage.hadoop());
    StopSignals.unchanged(Storage.path(out));
    PrintWriter err = spec.commandLine().getErr();
    PredictionSummary summary;
    try (SparkSession spark = SparkSessions.open("isonorm predict", properties, 1)) {
      summary = PredictionJob.run(request, spark, err::println);
    }
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("examples", summary.examples());
      result.put("unreadable", summary.unreadable());
      result.put("imagesPerSecond", summary.imagesPerSecond());
      result.put("runningImagesPerSecond", summary.runningImagesPerSecond());
      result.put("inferenceImagesPerSecond", summary.inferenceImagesPerSecond());
      Result.print(writer, result);
    } else {
      writer.println(
          String.format(
              Locale.ROOT,
              "%s, of which %,d cannot be read, in %.1f s: %s",
              Plural.of(summary.examples(), "image"),
              summary.unreadable(),
              summary.seconds(),
              speed(summary)));
      writer.println("The predictions are in " + out);
    }
    return CommandLineInterface.DONE;
  }

  /** What a job says of its speed; its share of the network's is without the start. */
  static String speed(PredictionSummary summary) {
    double alone = summary.inferenceImagesPerSecond();
    Double running = summary.runningImagesPerSecond();
    return running == null
        ? String.format(
            Locale.ROOT,
            "%s, start included: too few to compare with the %s of the network alone (as bench --inference)",
            speed(summary.imagesPerSecond()),
            speed(alone))
        : String.format(
            Locale.ROOT,
            "%s, start included; then %s, %.2f of the %s of the network alone (as bench --inference)",
            speed(summary.imagesPerSecond()),
            speed(running),
            running / alone,
            speed(alone));
  }

  private static String speed(double imagesPerSecond) {
    return Plural.imagesPerSecond("%,.0f", imagesPerSecond);
  }
}
