package org.isonorm.spark.train;

import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.init.LayerSignals;
import org.isonorm.init.NormPropagation;
import org.isonorm.network.graph.NormProbe;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.ShardBatches;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.data.WorkerBatches;

/**
 * A network's norms at its start on the first training examples, without augmentation, for one
 * initialization after another. Lives on the driver.
 */
public final class NormDiagnosis {
  private final String network;
  private final StartTrial trial;
  private final WorkerBatches.Batch batch;

  private NormDiagnosis(String network, StartTrial trial, WorkerBatches.Batch batch) {
    this.network = network;
    this.trial = trial;
    this.batch = batch;
  }

  /**
   * Reads the batch; a synthetic data set that is not there yet is made.
   *
   * @throws IllegalArgumentException if the data set has fewer training examples
   */
  public static NormDiagnosis open(IsonormConfig config, SparkSession spark, int batchSize)
      throws IOException {
    TrainingData data = TrainingData.open(config.data(), spark);
    if (batchSize < 2 || batchSize > data.training().size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid --batch-size: %d (must be from 2 to the %d training examples)",
              batchSize,
              data.training().size()));
    }
    return new NormDiagnosis(
        config.network().name(),
        new StartTrial(data, spark.sparkContext().hadoopConfiguration()),
        batch(data, batchSize, config, spark.sparkContext().hadoopConfiguration()));
  }

  /** The first training examples, without augmentation. */
  static WorkerBatches.Batch batch(
      TrainingData data, int examples, IsonormConfig config, Configuration hadoop)
      throws IOException {
    return batch(
        ShardReader.read(
            data.manifest(), data.folder(), Split.TRAIN, data.firstTraining(examples), hadoop),
        data.manifest(),
        config);
  }

  /** A shard whole, without augmentation. */
  static WorkerBatches.Batch batch(Shard shard, DatasetManifest manifest, IsonormConfig config) {
    return new ShardBatches(
            0,
            shard,
            BatchAssembler.of(manifest, config.data().crop(), AugmentationSettings.NONE),
            shard.size(),
            config.run().seed())
        .batch(0, 0);
  }

  /**
   * What was measured.
   *
   * @param steps taken before: 0, or 1 where no error enters the network at the start, since its
   *     classifier starts at 0
   */
  public record Measured(NormPropagation norms, int steps) {
    /** The verdict in a sentence. */
    public String sentence() {
      return steps == 0
          ? norms.sentence()
          : norms.sentence()
              + " Measured after one step: the classifier starts at 0 and lets no error through before.";
    }
  }

  /**
   * Starts a configuration's network anew by its initialization and seed, tuned if it says so, and
   * measures it.
   *
   * @param config which may have another network's options than the one the batch was read for
   */
  public Measured measure(IsonormConfig config) throws IOException {
    ComputationGraph graph = trial.start(config);
    NormPropagation start = NormProbe.measure(graph, batch.features(), batch.labels());
    LayerSignals classifier = start.layers().get(start.layers().size() - 1);
    if (classifier.weightNorm() > 0) {
      return new Measured(start, 0);
    }
    try (TrainingStep step = TrainingStep.of(graph)) {
      step.compute(batch.features(), batch.labels());
      step.update(new OptimizerSettings(config.optimizerPerStep().learningRate(), 0, 0, false));
    }
    return new Measured(NormProbe.measure(graph, batch.features(), batch.labels()), 1);
  }

  /** The network's name. */
  public String network() {
    return network;
  }

  /** The data set's name. */
  public String dataset() {
    return trial.dataset();
  }
}
