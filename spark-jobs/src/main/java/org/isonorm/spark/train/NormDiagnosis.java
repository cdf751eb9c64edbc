package org.isonorm.spark.train;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.AugmentationSettings;
import org.isonorm.data.BatchAssembler;
import org.isonorm.data.DatasetManifest;
import org.isonorm.data.Shard;
import org.isonorm.data.ShardReader;
import org.isonorm.data.Split;
import org.isonorm.init.NormPropagation;
import org.isonorm.network.NetworkDefinition;
import org.isonorm.network.Networks;
import org.isonorm.network.NormProbe;
import org.isonorm.spark.config.IsonormConfig;

/**
 * A network's norms at its start on the first training examples, without augmentation, for one
 * initialization after another. Lives on the driver.
 */
public final class NormDiagnosis {
  private final NetworkDefinition definition;
  private final String dataset;
  private final WorkerBatches.Batch batch;

  private NormDiagnosis(NetworkDefinition definition, String dataset, WorkerBatches.Batch batch) {
    this.definition = definition;
    this.dataset = dataset;
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
          "Invalid --batch-size: %d (must be from 2 to the %d training examples)"
              .formatted(batchSize, data.training().size()));
    }
    return new NormDiagnosis(
        TrainingJob.definition(config, data.manifest()),
        data.manifest().dataset(),
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
            BatchAssembler.of(manifest, AugmentationSettings.NONE),
            shard.size(),
            config.run().seed())
        .batch(0, 0);
  }

  /** Starts the network anew by a configuration's initialization and seed, and measures it. */
  public NormPropagation measure(IsonormConfig config) {
    ComputationGraph graph = Networks.build(definition);
    TrainingJob.initialize(graph, definition, config);
    return NormProbe.measure(graph, batch.features(), batch.labels());
  }

  /** The network's name. */
  public String network() {
    return definition.name();
  }

  /** The data set's name. */
  public String dataset() {
    return dataset;
  }
}
