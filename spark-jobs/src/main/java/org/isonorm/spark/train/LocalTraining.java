package org.isonorm.spark.train;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.apache.hadoop.conf.Configuration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.averaging.Divergence;
import org.isonorm.spark.averaging.Exchange;
import org.isonorm.spark.averaging.Replica;
import org.isonorm.spark.averaging.ReplicaSettings;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.EvaluationBatches;
import org.isonorm.spark.data.ExecutorShards;
import org.isonorm.spark.data.FirstExamples;
import org.isonorm.spark.data.ShardBatches;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.StartFiles;
import org.isonorm.spark.run.TrainingState;

/**
 * A run that one Spark task trains from beginning to end on its executor, with the replica, the
 * batches and the rounds of parameter averaging by a single worker, whose average is its own
 * result: both end in the same bits. Created on the driver; serialized to an executor, where it
 * starts no Spark job.
 *
 * @param owner who shares examples on the executor
 * @param config the configuration, as HOCON; its averaging group is not read
 * @param dataset the ingested data set's folder
 * @param training the positions of the training split that train
 * @param validation those kept for validation; may be empty
 * @param threads threads of the kernels
 * @param epochs epochs after which to stop
 * @param from the state to go on from; null for a new run
 */
record LocalTraining(
    String owner,
    String config,
    String dataset,
    DatasetManifest manifest,
    PositionRange training,
    PositionRange validation,
    int threads,
    int epochs,
    State from)
    implements Serializable {
  /** The run's only worker. */
  static final int WORKER = 0;

  /**
   * Where a run is, and where it was best.
   *
   * @param best null before the first evaluation
   */
  record State(Point last, Point best) implements Serializable {}

  /** A point to go on from. */
  record Point(ModelState model, TrainingState training) implements Serializable {}

  /**
   * What a task hands back.
   *
   * @param rows of metrics.csv
   * @param norms rows of norms.csv
   * @param start how the network came to start; null if the run went on from a state
   * @param state null if it diverged or failed
   * @param divergence where it diverged, or null
   * @param failure why it failed, or null
   * @param trace the failure's stack trace, or null
   */
  record Result(
      List<MetricsLog.Row> rows,
      List<String> norms,
      StartFiles start,
      State state,
      Divergence divergence,
      String failure,
      String trace)
      implements Serializable {}

  /** Trains. An error is a result as well, so that Spark does not try it again. */
  Result run(Configuration hadoop) {
    List<MetricsLog.Row> rows = new ArrayList<>();
    List<String> norms = new ArrayList<>();
    try {
      return train(hadoop, rows, norms);
    } catch (CancellationException e) {
      throw e; // Spark killed the task, and knows why.
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      return new Result(
          rows,
          norms,
          null,
          null,
          null,
          TrainingFailedException.cause(e),
          TrainingFailedException.trace(e));
    }
  }

  private Result train(Configuration hadoop, List<MetricsLog.Row> rows, List<String> norms)
      throws IOException {
    IsonormConfig settings = IsonormConfig.parse(config);
    NetworkDefinition definition = TrainingJob.definition(settings, manifest);
    ComputationGraph graph = Networks.build(definition);
    State start = from;
    StartFiles files = null;
    if (start == null) {
      files = begin(graph, definition, settings, hadoop).files();
      byte[] parameters = FlatParameters.toBytes(graph.params());
      start =
          new State(
              new Point(
                  new ModelState(parameters, new byte[parameters.length]),
                  TrainingState.start(definition, manifest.dataset(), settings.run().seed())),
              null);
    }
    ReplicaSettings replica =
        new ReplicaSettings(
            settings.run().name() + "/" + UUID.randomUUID(),
            graph.getConfiguration().toJson(),
            threads,
            settings.training().lossBound(),
            Precision.parse(settings.training().precision()),
            TrainingJob.optimizer(settings, definition),
            settings.optimizer().emaDecay(),
            Exchange.FLOAT32);
    try (LocalNorms monitor = norms(settings, definition, hadoop, norms)) {
      LocalRun run =
          new LocalRun(
              settings,
              Replica.of(replica, WORKER),
              batches(settings, hadoop),
              validation(settings, hadoop),
              manifest.classNames(),
              start,
              rows,
              monitor);
      Divergence divergence = run.train(epochs);
      return new Result(
          rows, norms, files, divergence == null ? run.state() : null, divergence, null, null);
    } finally {
      Replica.release(replica.run());
    }
  }

  private NetworkStart begin(
      ComputationGraph graph,
      NetworkDefinition definition,
      IsonormConfig settings,
      Configuration hadoop)
      throws IOException {
    Replica.useThreads(threads);
    FirstExamples first = count -> shard(first(count), hadoop);
    return NetworkStart.of(graph, definition, settings, manifest, first, TuningProgress.none());
  }

  /** The positions of the first examples that train, as many as that or all. */
  private PositionRange first(int examples) {
    return new PositionRange(training.from(), Math.min(training.to(), training.from() + examples));
  }

  private WorkerBatches batches(IsonormConfig settings, Configuration hadoop) {
    return new ShardBatches(
        WORKER,
        shard(training, hadoop),
        BatchAssembler.of(manifest, settings.augmentation().settings()),
        settings.training().globalBatchSize(),
        settings.run().seed());
  }

  /** Null if nobody asks for norms. */
  private LocalNorms norms(
      IsonormConfig settings,
      NetworkDefinition definition,
      Configuration hadoop,
      List<String> rows) {
    int every = settings.training().normsEveryRounds();
    if (every == 0) {
      return null;
    }
    Shard shard = shard(first(settings.training().globalBatchSize()), hadoop);
    return new LocalNorms(
        new NormsMonitor(
            every,
            NormDiagnosis.batch(shard, manifest, settings),
            ParameterRule.learningRateFactors(
                TrainingJob.optimizer(settings, definition).rules(), definition),
            rows::addAll),
        Networks.build(definition));
  }

  /** Null without validation examples. */
  private EvaluationBatches validation(IsonormConfig settings, Configuration hadoop) {
    return validation.size() == 0
        ? null
        : new EvaluationBatches(
            WORKER,
            shard(validation, hadoop),
            BatchAssembler.of(manifest, AugmentationSettings.NONE),
            settings.training().evaluationBatchSize());
  }

  private Shard shard(PositionRange positions, Configuration hadoop) {
    return ExecutorShards.of(
        owner, manifest, new ShardReference(dataset, Split.TRAIN, positions, WORKER), hadoop);
  }
}
