package org.isonorm.spark.data;

import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.isonorm.data.ingestion.IngestOptions;
import org.isonorm.data.ingestion.Ingestion;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.ShardReader;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.data.source.SyntheticSettings;
import org.isonorm.spark.config.DataConfig;

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
          "Invalid data.validation-examples: %d (must be < the %d training examples of %s)"
              .formatted(validationExamples, examples, folder));
    }
    int own = manifest.validationExamples();
    if (own > 0 && validationExamples > 0 && validationExamples != own) {
      throw new IllegalArgumentException(
          "Invalid data.validation-examples: %d (must be auto, or 0 to train on all: %s has a validation split of %d of its own)"
              .formatted(validationExamples, folder, own));
    }
  }

  /**
   * Opens the data set a configuration names. A synthetic one that is not there yet is made.
   *
   * @throws IOException in one sentence that says how to ingest it, if it is not there
   */
  public static TrainingData open(DataConfig config, SparkSession spark) throws IOException {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Path folder = new Path(config.folder());
    FileSystem files = folder.getFileSystem(hadoop);
    String uri = files.makeQualified(folder).toString();
    if (!files.exists(new Path(folder, DatasetManifest.FILE_NAME))) {
      if (config.dataset() != DatasetKind.SYNTHETIC) {
        throw new IOException(
            "Cannot open data set %s: it is not an ingested data set (make it with: isonorm ingest --dataset %s --source DIR_OR_TAR_GZ --out %s)"
                .formatted(config.folder(), config.dataset().id(), config.folder()));
      }
      SyntheticSettings size =
          new SyntheticSettings(
              config.synthetic().classes(),
              config.synthetic().trainExamples(),
              config.synthetic().testExamples());
      Ingestion.run(IngestOptions.synthetic(size, uri).withSeed(config.synthetic().seed()), spark);
    }
    DatasetManifest manifest = DatasetManifest.load(uri, hadoop);
    if (!manifest.dataset().equals(config.dataset().id())) {
      throw new IllegalArgumentException(
          "Invalid data.path: %s holds %s, but data.dataset is %s"
              .formatted(config.folder(), manifest.dataset(), config.dataset().id()));
    }
    return new TrainingData(
        uri,
        manifest,
        DataConfig.validationExamples(config.validationExamples(), manifest),
        config.trainingExamples());
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
}
