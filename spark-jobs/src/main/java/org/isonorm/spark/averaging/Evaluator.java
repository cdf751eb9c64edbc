package org.isonorm.spark.averaging;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.augmentation.TestTimeAugmentation;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Split;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.spark.data.EvaluationBatches;
import org.isonorm.spark.data.ExampleAccess;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.jobs.JobRunner;
import org.isonorm.spark.jobs.Jobs;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.EvaluationCounts;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.SamplePredictions;
import org.isonorm.spark.storage.HadoopBroadcast;

/**
 * Evaluates a network on a range of an ingested split, a part on each of several tasks, one model a
 * task. The parts stay on their executors until the evaluator is closed, so that evaluating after
 * every epoch reads the data once, unless they are streamed. Lives on the driver.
 */
public final class Evaluator implements AutoCloseable {
  private final JavaSparkContext spark;
  private final JobRunner jobs;
  private final String name;
  private final PositionRange positions;
  private final List<String> classNames;
  private final String run = UUID.randomUUID().toString();
  private final JavaRDD<EvaluationBatches> parts;
  private final Broadcast<ReplicaSettings> replicas;

  /**
   * Evaluates the rows {@code positions} of a split under a name.
   *
   * @param dataset the ingested data set's folder
   * @param access how the examples are read
   * @param crop what of its images the network sees
   * @param jobs runs the evaluator's jobs
   * @param tasks tasks at a time, at most the cluster's slots
   * @param batchSize images in a forward pass; the result does not depend on it
   * @param threads threads the kernels use in each task
   */
  public Evaluator(
      JavaSparkContext spark,
      JobRunner jobs,
      ComputationGraph graph,
      String name,
      String dataset,
      ExampleAccess access,
      CenterCrop crop,
      Split split,
      PositionRange positions,
      int tasks,
      int batchSize,
      int threads) {
    this.spark = spark;
    this.jobs = jobs;
    this.name = name;
    this.positions = positions;
    this.classNames = access.manifest().classNames();
    int count = Math.toIntExact(Math.min(tasks, positions.size()));
    List<String> shards =
        ShardReference.split(dataset, split, positions, count).stream()
            .map(ShardReference::toString)
            .toList();
    Broadcast<SerializableConfiguration> hadoop = HadoopBroadcast.of(spark);
    BatchAssembler assembler =
        BatchAssembler.of(access.manifest(), crop, AugmentationSettings.NONE);
    this.parts =
        spark
            .parallelize(shards, count)
            .map(
                text -> {
                  ShardReference part = ShardReference.parse(text);
                  return new EvaluationBatches(
                      part.worker(),
                      access.stored(part, hadoop.value().value()),
                      assembler,
                      batchSize);
                })
            .persist(StorageLevel.MEMORY_ONLY());
    this.replicas =
        spark.broadcast(
            new ReplicaSettings(
                run,
                graph.getConfiguration().toJson(),
                threads,
                Double.MAX_VALUE,
                Precision.FLOAT32,
                new OptimizerSettings(0, 0, 0, false),
                new SlowWeights.None(),
                Exchange.FLOAT32));
  }

  /** Evaluates a model: its moving average where there is one. */
  public Evaluation evaluate(ModelState model, String checkpoint) {
    return evaluate(model, checkpoint, 0, TestTimeAugmentation.NONE).evaluation();
  }

  /** An evaluation and examples to look at. */
  public record Illustrated(Evaluation evaluation, SamplePredictions samples) {}

  /**
   * The same, with at most so many right and wrong examples to look at each, and with what an
   * augmentation makes of the accuracy beside it.
   */
  public Illustrated evaluate(
      ModelState model, String checkpoint, int samples, TestTimeAugmentation augmentation) {
    byte[] parameters = model.evaluated();
    Broadcast<byte[]> state = spark.broadcast(parameters);
    try {
      Broadcast<ReplicaSettings> settings = replicas;
      JavaRDD<EvaluatedCounts> counts =
          parts.map(
              part ->
                  Replica.of(settings.value(), part.worker())
                      .evaluate(state.value(), part, samples, augmentation));
      EvaluatedCounts sum = EvaluatedCounts.none(classNames.size(), samples);
      jobs.run(
          String.format(Locale.ROOT, "evaluate the %s examples", name),
          () -> Jobs.forEachInOrder(spark, counts, sum::add));
      Evaluation plain = evaluation(checkpoint, sum.plain());
      return new Illustrated(
          augmentation == TestTimeAugmentation.NONE
              ? plain
              : plain.withAugmented(augmentation.label(), evaluation(checkpoint, sum.augmented())),
          sum.plain().samples());
    } finally {
      state.destroy();
    }
  }

  private Evaluation evaluation(String checkpoint, EvaluationCounts counts) {
    return Evaluation.of(name, checkpoint, counts, positions.size(), classNames);
  }

  /** Frees the parts and the replicas. */
  @Override
  public void close() {
    String ended = run;
    Jobs.release(parts, (Iterator<EvaluationBatches> ignored) -> Replica.release(ended));
    replicas.destroy();
  }
}
