package org.isonorm.spark.data;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.SyntheticSettings;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.SyntheticConfig;
import org.isonorm.spark.storage.ShellLine;

/**
 * The ingested data set of a run, and what of it is for what: the first examples of the training
 * split in its stored order, a seeded shuffle, are kept for validation, the others or the first of
 * them train.
 *
 * @param folder its folder, absolute, any URI Hadoop reads
 * @param manifest what it is
 * @param validationExamples examples kept for validation; 0 for none
 * @param trainingExamples examples of the others that train at most; 0 for all
 */
public record TrainingData(
    String folder, DatasetManifest manifest, int validationExamples, int trainingExamples)
    implements Serializable {
  public TrainingData {
    long examples = manifest.split(Split.TRAIN).examples();
    if (validationExamples >= examples) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data.validation-examples: %d (must be < the %d training examples of %s)",
              validationExamples,
              examples,
              folder));
    }
    int own = manifest.validationExamples();
    if (own > 0 && validationExamples > 0 && validationExamples != own) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data.validation-examples: %d (must be auto, or 0 to train on all: %s has a validation split of %d of its own)",
              validationExamples,
              folder,
              own));
    }
  }

  /**
   * Opens the data set a configuration names. A synthetic one is drawn on first use where no path
   * is given.
   *
   * @throws IOException in one sentence that says how to ingest it, if it is not there
   * @throws IllegalArgumentException if the configuration says other things of it than it does
   */
  public static TrainingData open(DataConfig config, SparkSession spark) throws IOException {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Optional<TrainingData> found = find(config, hadoop);
    if (found.isEmpty()) {
      draw(config.synthetic(), uri(config, hadoop), spark);
      found = find(config, hadoop);
    }
    return found.orElseThrow();
  }

  /**
   * Whether the data set that a configuration names is nowhere: one that is yet to be drawn is not
   * missing, nor is one that this user may not read.
   */
  public static boolean isMissing(DataConfig config, Configuration hadoop) throws IOException {
    String uri = uri(config, hadoop);
    return !isDrawn(config)
        && !hasManifest(uri, hadoop)
        && !DatasetManifest.isForbidden(uri, hadoop);
  }

  private static boolean isDrawn(DataConfig config) {
    return config.dataset() == DatasetKind.SYNTHETIC && config.path().isBlank();
  }

  private static boolean hasManifest(String uri, Configuration hadoop) throws IOException {
    Path file = new Path(uri, DatasetManifest.FILE_NAME);
    return file.getFileSystem(hadoop).exists(file);
  }

  /**
   * Looks for the data set a configuration names, as above; none where it is yet to be drawn. Needs
   * no cluster.
   */
  public static Optional<TrainingData> find(DataConfig config, Configuration hadoop)
      throws IOException {
    String uri = uri(config, hadoop);
    if (!hasManifest(uri, hadoop)) {
      if (isDrawn(config)) {
        return Optional.empty();
      }
      throw new IOException(
          DatasetManifest.isForbidden(uri, hadoop)
              ? String.format(
                  Locale.ROOT, "Cannot open data set %s: permission denied", config.folder())
              : missing(config));
    }
    DatasetManifest manifest = DatasetManifest.load(uri, hadoop);
    if (!manifest.dataset().equals(config.dataset().id())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data.path: %s holds %s, but data.dataset is %s",
              config.folder(),
              manifest.dataset(),
              config.dataset().id()));
    }
    if (config.dataset() == DatasetKind.SYNTHETIC && !config.path().isBlank()) {
      checkDrawnAsAsked(config, manifest);
    }
    return Optional.of(
        new TrainingData(
            uri,
            manifest,
            DataConfig.validationExamples(config.validationExamples(), manifest),
            config.trainingExamples()));
  }

  private static String uri(DataConfig config, Configuration hadoop) throws IOException {
    Path folder = new Path(config.folder());
    return folder.getFileSystem(hadoop).makeQualified(folder).toString();
  }

  private static String missing(DataConfig config) {
    return config.dataset() == DatasetKind.SYNTHETIC
        ? String.format(
            Locale.ROOT,
            "Cannot open data set %s: it is not an ingested data set (correct data.path, or leave it out to train on drawn images; your own are ingested with: isonorm ingest --dataset folder --source DIR %s)",
            config.folder(),
            ShellLine.of("--out", config.folder()))
        : String.format(
            Locale.ROOT,
            "Cannot open data set %s: it is not an ingested data set (make it with: isonorm ingest --dataset %s --source DIR_OR_TAR_GZ %s)",
            config.folder(),
            config.dataset().id(),
            ShellLine.of("--out", config.folder()));
  }

  /**
   * Draws a synthetic data set.
   *
   * @param folder a new one, any URI Hadoop writes
   */
  public static void draw(SyntheticConfig images, String folder, SparkSession spark)
      throws IOException {
    SyntheticSettings size =
        new SyntheticSettings(images.classes(), images.trainExamples(), images.testExamples());
    Ingestion.run(IngestOptions.synthetic(size, folder).withSeed(images.seed()), spark);
  }

  /** What a given folder holds is not drawn by these settings, so that they must not differ. */
  private static void checkDrawnAsAsked(DataConfig config, DatasetManifest manifest) {
    SyntheticConfig asked = config.synthetic();
    SyntheticConfig usual = IsonormConfig.load(Optional.empty(), List.of()).data().synthetic();
    check(config, "classes", asked.classes(), usual.classes(), manifest.classes());
    check(
        config,
        "train-examples",
        asked.trainExamples(),
        usual.trainExamples(),
        manifest.split(Split.TRAIN).examples());
    check(
        config,
        "test-examples",
        asked.testExamples(),
        usual.testExamples(),
        manifest.split(Split.TEST).examples());
    check(config, "seed", asked.seed(), usual.seed(), manifest.seed());
  }

  private static void check(DataConfig config, String key, long asked, long usual, long held) {
    if (asked != usual && asked != held) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data.synthetic.%s: %d (%s was drawn with %d; leave it out, or leave data.path out)",
              key,
              asked,
              config.folder(),
              held));
    }
  }

  /** The positions that train. */
  public PositionRange training() {
    long all = manifest.split(Split.TRAIN).examples();
    long end = trainingExamples == 0 ? all : Math.min(all, validationExamples + trainingExamples);
    return new PositionRange(validationExamples, end);
  }

  /** The positions of the first examples that train, as many as that or all. */
  public PositionRange firstTraining(int examples) {
    PositionRange all = training();
    return new PositionRange(all.from(), Math.min(all.to(), all.from() + examples));
  }

  /** The first examples that train, read where they are asked for. */
  public FirstExamples examples(Configuration hadoop) {
    return count -> ShardReader.read(manifest, folder, Split.TRAIN, firstTraining(count), hadoop);
  }

  /** The positions of the training split kept for validation. */
  public PositionRange validation() {
    return new PositionRange(0, validationExamples);
  }

  /** The positions of the test split. */
  public PositionRange test() {
    return new PositionRange(0, manifest.split(Split.TEST).examples());
  }

  /**
   * Examples that a trained model is evaluated on.
   *
   * @param name of what they are: test, validation or train
   */
  public record Evaluated(String name, Split split, PositionRange positions) {}

  /**
   * The examples of a run's one evaluation: the test split, or where the data set has none, as one
   * made of a DataFrame may, those kept for validation, or without any those that train.
   */
  public Evaluated evaluated() {
    if (test().size() > 0) {
      return new Evaluated("test", Split.TEST, test());
    }
    return validationExamples > 0 ? validated() : new Evaluated("train", Split.TRAIN, training());
  }

  /** The examples kept for validation. */
  public Evaluated validated() {
    return new Evaluated("validation", Split.TRAIN, validation());
  }
}
