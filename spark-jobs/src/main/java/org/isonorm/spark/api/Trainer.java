package org.isonorm.spark.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Split;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.preflight.TaskSlots;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.train.TrainingJob;

/**
 * Trains a network data-parallel on a Spark session: the same loop, and for the same settings and
 * seed the same bits, as {@code isonorm train}. Immutable; make one by {@link #on}.
 *
 * <p>A worker takes one task slot, so that the session needs {@code averaging.workers} of them. The
 * driver, and executors, need {@code --add-modules=jdk.incubator.vector} for the fastest kernels;
 * without it slower ones compute and the log says so.
 */
public final class Trainer {
  private final SparkSession spark;
  private final RunSettings settings;
  private final Optional<Images> images;
  private final List<TrainingObserver> observers;
  private final Consumer<String> lines;

  private Trainer(
      SparkSession spark,
      RunSettings settings,
      Optional<Images> images,
      List<TrainingObserver> observers,
      Consumer<String> lines) {
    this.spark = spark;
    this.settings = settings;
    this.images = images;
    this.observers = observers;
    this.lines = lines;
  }

  /** A trainer of default settings on a session, which stays open. */
  public static Trainer on(SparkSession spark) {
    return new Trainer(
        spark, RunSettings.defaults(), Optional.empty(), List.of(), progressLine -> {});
  }

  /** The same with other settings. */
  public Trainer settings(RunSettings other) {
    return new Trainer(spark, other, images, observers, lines);
  }

  /** The same on these images, which go before the settings' group {@code data}. */
  public Trainer images(Images other) {
    return new Trainer(spark, settings, Optional.of(other), observers, lines);
  }

  /** The same with one observer more. */
  public Trainer observer(TrainingObserver another) {
    List<TrainingObserver> more = new ArrayList<>(observers);
    more.add(another);
    return new Trainer(spark, settings, images, List.copyOf(more), lines);
  }

  /** The same with another taker of the lines that {@code isonorm train} shows. */
  public Trainer progressLines(Consumer<String> taker) {
    return new Trainer(spark, settings, images, observers, taker);
  }

  /**
   * Trains into a new folder.
   *
   * @param folder the run's folder: new or empty; a local path or one of {@code hdfs:}, {@code
   *     s3a:}
   * @throws IllegalArgumentException in one sentence with key or file, value and remedy, if
   *     settings or images cannot work; nothing is left behind
   * @throws UnsupportedOperationException in one sentence, if settings ask for what there is not
   * @throws RuntimeException in one sentence that begins with {@code Training}, if training
   *     diverged or failed; the folder holds what was trained
   * @throws IOException in one sentence that names the file, if something cannot be read or written
   */
  public TrainingResult train(Path folder) throws IOException {
    return run(folder, false);
  }

  /**
   * Goes on with a run that was stopped, from its last checkpoint or, where it left none, from its
   * first step, to the same bits as if it had not been. A run that is finished is left as it is.
   *
   * @param folder the folder given to {@link #train}; settings and images must be the same,
   *     wherever the images are now
   * @throws IllegalArgumentException in one sentence, if they are not, or another process trains in
   *     the folder
   */
  public TrainingResult resume(Path folder) throws IOException {
    return run(folder, true);
  }

  private TrainingResult run(Path folder, boolean resume) throws IOException {
    RunFolder run = new RunFolder(folder);
    if (!resume) {
      RunFolder.checkEmpty(folder); // Before images are ingested for nothing.
    }
    // A folder that was moved since is still the run's.
    String output =
        resume && Files.exists(run.config())
            ? IsonormConfig.load(Optional.of(run.config()), List.of()).run().output()
            : folder.toString();
    RunSettings named = settings.with("run.output", quoted(output));
    IsonormConfig config = withImages(named, resume).config();
    Evaluation evaluation =
        TrainingJob.run(config, folder, resume, spark, lines, List.of(this::tell));
    return new TrainingResult(folder, ModelEvaluation.of(evaluation));
  }

  private RunSettings withImages(RunSettings base, boolean resume) throws IOException {
    if (images.isEmpty()) {
      return base;
    }
    if (images.get() instanceof Images.Rows rows && !resume) {
      IsonormConfig config = base.config(); // Before a job is started for nothing.
      TaskSlots.await(
          new JavaSparkContext(spark.sparkContext()),
          config.averaging().workers(),
          TaskSlots.TIMEOUT_SECONDS);
      new RowIngestion(rows, spark).run();
    }
    String path = images.get().folder();
    DatasetManifest manifest = manifest(path);
    RunSettings complete = base;
    if (images.get() instanceof Images.Rows rows
        && rows.validation() instanceof Images.Validation.Fraction fraction) {
      long kept = Math.round(fraction.share() * manifest.split(Split.TRAIN).examples());
      complete = base.with("data.validation-examples", kept);
    }
    return complete.with("data.dataset", manifest.dataset()).with("data.path", quoted(path));
  }

  private DatasetManifest manifest(String folder) throws IOException {
    return DatasetManifest.load(folder, spark.sparkContext().hadoopConfiguration());
  }

  /** A path as HOCON has it: it may hold a colon. */
  private static String quoted(String path) {
    return '"' + path.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private void tell(MetricsLog.Row row) {
    TrainingProgress progress = TrainingProgress.of(row);
    for (TrainingObserver observer : observers) {
      if (row.kind().equals("epoch")) {
        observer.afterEpoch(progress);
      } else {
        observer.afterRound(progress);
      }
    }
  }
}
