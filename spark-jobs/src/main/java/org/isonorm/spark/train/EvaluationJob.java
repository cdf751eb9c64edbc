package org.isonorm.spark.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.averaging.Evaluator;
import org.isonorm.spark.config.DataConfig;
import org.isonorm.spark.data.ExampleAccess;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.jobs.JobRunner;
import org.isonorm.spark.preflight.TaskSlots;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.ModelCard;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The evaluation command: a model file on a split of an ingested data set. */
public final class EvaluationJob {
  private static final Logger log = LoggerFactory.getLogger(EvaluationJob.class);

  private EvaluationJob() {}

  /** Which examples to evaluate. */
  public enum Examples {
    TEST,
    VALIDATION,
    TRAIN
  }

  /**
   * Evaluates a model or checkpoint.
   *
   * @param model a file that training wrote
   * @param dataset the ingested data set's folder, any URI Hadoop reads
   * @param examples which examples; train and validation are told apart by {@code
   *     validationExamples}
   * @param crop what of its images the network sees
   * @param validationExamples examples at the start of the training split kept for validation;
   *     empty for the data set's own or the default
   * @param batchSize images in a forward pass; the result does not depend on it
   * @param augmentation whose accuracy stands beside that of the images as they are
   */
  public static Evaluation run(
      Path model,
      String dataset,
      CenterCrop crop,
      Examples examples,
      OptionalInt validationExamples,
      int batchSize,
      TestTimeAugmentation augmentation,
      SparkSession spark)
      throws IOException {
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    Checkpoint checkpoint = Checkpoint.load(model);
    DatasetManifest manifest = DatasetManifest.load(dataset, context.hadoopConfiguration());
    check(checkpoint.state().network(), model, manifest, crop, dataset);
    Optional<ModelCard> card = ModelCard.read(model);
    if (card.isPresent()) {
      otherNames(card.get().classNames(), model, manifest.classNames(), dataset)
          .ifPresent(log::warn);
    }
    TrainingData data =
        new TrainingData(
            dataset, manifest, DataConfig.validationExamples(validationExamples, manifest), 0);
    PositionRange positions =
        switch (examples) {
          case TEST -> data.test();
          case VALIDATION -> data.validation();
          case TRAIN -> data.training();
        };
    if (positions.size() == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid split: %s has no examples (the run kept none for validation)",
              name(examples)));
    }
    int slots = TaskSlots.await(context, 1, TaskSlots.TIMEOUT_SECONDS);
    ComputationGraph graph = checkpoint.graph();
    try (Evaluator evaluator =
        new Evaluator(
            context,
            JobRunner.PLAIN,
            graph,
            name(examples),
            dataset,
            ExampleAccess.once(manifest),
            crop,
            examples == Examples.TEST ? Split.TEST : Split.TRAIN,
            positions,
            slots,
            batchSize,
            1)) {
      return evaluator
          .evaluate(checkpoint.model(), model.getFileName().toString(), 0, augmentation)
          .evaluation();
    }
  }

  private static String name(Examples examples) {
    return switch (examples) {
      case TEST -> "test";
      case VALIDATION -> "validation";
      case TRAIN -> "train";
    };
  }

  /**
   * What to say where a data set has as many classes as the model, of other names: they may be the
   * same classes in other words, and are then compared by their numbers.
   *
   * @throws IllegalArgumentException in one sentence, if a class has the same name and another
   *     number
   */
  static Optional<String> otherNames(
      List<String> ofModel, Path model, List<String> ofData, String dataset) {
    for (int label = 0; label < ofData.size(); label++) {
      int number = ofModel.indexOf(ofData.get(label));
      if (number >= 0 && number != label) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid data set %s: its class %d is %s, but that of %s is %s, and %s is its class %d (ingest the images with the model's classes, in their order)",
                dataset,
                label,
                ofData.get(label),
                model,
                ofModel.get(label),
                ofData.get(label),
                number));
      }
    }
    for (int label = 0; label < ofData.size(); label++) {
      if (!ofData.get(label).equals(ofModel.get(label))) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "Class %d of data set %s is %s, but that of %s is %s: classes are compared by their numbers, so be sure that these are the same ones",
                label,
                dataset,
                ofData.get(label),
                model,
                ofModel.get(label)));
      }
    }
    return Optional.empty();
  }

  private static void check(
      NetworkDefinition network,
      Path model,
      DatasetManifest manifest,
      CenterCrop crop,
      String dataset) {
    ImageShape seen = crop.of(manifest.shape());
    boolean fits =
        network.classes() == manifest.classes()
            && network.imageHeight() == seen.height()
            && network.imageWidth() == seen.width()
            && network.imageChannels() == seen.channels();
    if (!fits) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid data set %s: %d classes of %dx%dx%d images, but %s holds %s for %d classes of %dx%dx%d images",
              dataset,
              manifest.classes(),
              seen.height(),
              seen.width(),
              seen.channels(),
              model,
              network.name(),
              network.classes(),
              network.imageHeight(),
              network.imageWidth(),
              network.imageChannels()));
    }
  }
}
