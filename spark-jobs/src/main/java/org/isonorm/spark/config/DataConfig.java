package org.isonorm.spark.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.OptionalInt;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.source.DatasetKind;
import org.isonorm.spark.storage.Storage;

/**
 * Group {@code data}.
 *
 * @param dataset which data set
 * @param path ingested folder, or empty for {@link #folder()}'s choice
 * @param validationExamples examples of the training split that are kept for validation, 0 for
 *     none; empty for {@link #validationExamples}'s choice
 * @param trainingExamples examples of the others that are trained on at most, 0 for all
 * @param centerCrop side of the square in the middle of the images that the network sees, 0 for all
 *     of them
 * @param residence where the examples are while a run trains
 * @param shuffleWindow examples of a stream that are shuffled with one another, at least
 * @param synthetic size of the data set if it is the synthetic one
 */
public record DataConfig(
    DatasetKind dataset,
    String path,
    OptionalInt validationExamples,
    int trainingExamples,
    int centerCrop,
    Residence residence,
    int shuffleWindow,
    SyntheticConfig synthetic) {
  /** Where the examples are while a run trains. */
  public enum Residence {
    /** In memory if they fit, else streamed. */
    AUTO,
    /** In the executors' memory, decoded. */
    RESIDENT,
    /** In the files; a window of them is in memory. */
    STREAMED
  }

  /** Examples kept for validation where neither the user nor the data set says how many. */
  public static final int VALIDATION_EXAMPLES = 5_000;

  private static final int CIFAR_TRAIN_EXAMPLES = 50_000;

  public DataConfig {
    Checks.check(
        path.equals(Secrets.withholdUsers(path)),
        "data.path",
        Secrets.withholdUsers(path),
        "must not hold a password, which files and logs would show; give credentials to Hadoop, as conf/spark/s3a.conf does");
    int validation = validationExamples.orElse(VALIDATION_EXAMPLES);
    Checks.atLeast("data.validation-examples", validation, 0);
    Checks.atLeast("data.training-examples", trainingExamples, 0);
    Checks.atLeast("data.center-crop", centerCrop, 0);
    Checks.atLeast("data.shuffle-window", shuffleWindow, 1);
    // How many and how large images somebody's own data set has is known when it is opened.
    if (!dataset.isOwn()) {
      int trainExamples =
          dataset == DatasetKind.SYNTHETIC ? synthetic.trainExamples() : CIFAR_TRAIN_EXAMPLES;
      Checks.check(
          validation < trainExamples,
          "data.validation-examples",
          validation,
          "must be < " + trainExamples + ", the training split");
      Checks.check(
          centerCrop <= ImageShape.CIFAR.height(),
          "data.center-crop",
          centerCrop,
          "must be <= " + ImageShape.CIFAR.height() + ", the images' side");
    }
  }

  /**
   * The ingested folder as a path or URI: {@link #path()}, or where a data set of these settings is
   * by default.
   */
  public String folder() {
    if (!path.isBlank()) {
      return path;
    }
    return switch (dataset) {
      case CIFAR10, CIFAR100, FOLDER, HUGGINGFACE -> "data/" + dataset.id();
      case SYNTHETIC ->
          String.format(
              Locale.ROOT,
              "data/synthetic-%d-classes-%d-train-%d-test-seed-%d",
              synthetic.classes(),
              synthetic.trainExamples(),
              synthetic.testExamples(),
              synthetic.seed());
    };
  }

  /** Examples kept for validation of a data set that is yet to be drawn. */
  public int heldOut() {
    return validationExamples.orElse(VALIDATION_EXAMPLES);
  }

  /**
   * How many examples of a data set's training split are kept for validation: as many as was asked
   * for, or its own validation split, or {@value #VALIDATION_EXAMPLES}.
   */
  public static int validationExamples(OptionalInt asked, DatasetManifest manifest) {
    return asked.orElse(
        manifest.validationExamples() > 0 ? manifest.validationExamples() : VALIDATION_EXAMPLES);
  }

  /**
   * Number of classes of the data set; of somebody's own by its manifest.
   *
   * @throws UncheckedIOException in one sentence if that is not there
   */
  public int classes() {
    return switch (dataset) {
      case CIFAR10 -> 10;
      case CIFAR100 -> 100;
      case SYNTHETIC -> synthetic.classes();
      case FOLDER, HUGGINGFACE -> manifest().classes();
    };
  }

  /** What the network sees of an image. */
  public CenterCrop crop() {
    return new CenterCrop(centerCrop);
  }

  /** Shape of what the network sees of the data set's images, likewise. */
  public ImageShape shape() {
    return crop().of(dataset.isOwn() ? manifest().shape() : ImageShape.CIFAR);
  }

  private DatasetManifest manifest() {
    try {
      return DatasetManifest.load(folder(), Storage.hadoop());
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
