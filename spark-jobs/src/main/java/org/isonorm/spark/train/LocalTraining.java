package org.isonorm.spark.train;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.apache.hadoop.conf.Configuration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.data.augmentation.AugmentationSettings;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.PositionRange;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.init.TuningProgress;
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.averaging.Exchange;
import org.isonorm.spark.averaging.Replica;
import org.isonorm.spark.averaging.ReplicaSettings;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.EvaluationBatches;
import org.isonorm.spark.data.ExampleAccess;
import org.isonorm.spark.data.ExecutorShards;
import org.isonorm.spark.data.ShardReference;
import org.isonorm.spark.data.TrainingData;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.StartFiles;

/**
 * A run that one Spark task trains from beginning to end on its executor, by the loop, the replica
 * and the batches of parameter averaging with a single worker, whose average is its own result:
 * both end in the same bits. Created on the driver; serialized to an executor, where it starts no
 * Spark job.
 *
 * @param owner who shares examples on the executor
 * @param config the configuration, as HOCON
 * @param streamed whether its examples are streamed; else those of one executor share them
 * @param threads threads of the kernels
 * @param epochs epochs after which to stop
 * @param origin where it begins
 */
record LocalTraining(
    String owner,
    String config,
    TrainingData data,
    boolean streamed,
    int threads,
    int epochs,
    Origin origin)
    implements Serializable {
  /** The run's only worker. */
  static final int WORKER = 0;

  /** Where a run begins. */
  sealed interface Origin extends Serializable {
    /** At its start. */
    record Start() implements Origin {}

    /**
     * At a point of it.
     *
     * @param best the best point on the validation examples so far; the last where none was
     *     evaluated
     */
    record Point(TrainingPoint last, TrainingPoint best) implements Origin {}
  }

  /** What the task hands back, as it comes about. */
  private static final class Recorder implements TrainingListener {
    private final List<StartFiles> start = new ArrayList<>();
    private final List<MetricsLog.Row> rows = new ArrayList<>();
    private final List<String> norms = new ArrayList<>();
    private Optional<TrainingPoint> best = Optional.empty();

    @Override
    public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
      rows.add(row);
    }

    @Override
    public void afterEpoch(
        TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean isBest) {
      rows.add(row);
      if (isBest) {
        best = Optional.of(now);
      }
    }

    TaskResult.Log log() {
      return new TaskResult.Log(start, rows, norms);
    }
  }

  /** Trains. An error is a result as well, so that Spark does not try it again. */
  TaskResult run(Configuration hadoop) {
    Recorder recorder = new Recorder();
    try {
      return train(hadoop, recorder);
    } catch (CancellationException e) {
      throw e; // Spark killed the task, and knows why.
    } catch (TrainingDivergedException e) {
      return new TaskResult.Diverged(recorder.log(), e);
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      return new TaskResult.Failed(
          recorder.log(), TrainingFailedException.cause(e), TrainingFailedException.trace(e));
    }
  }

  private TaskResult train(Configuration hadoop, Recorder recorder) throws IOException {
    Recipe recipe = Recipe.of(TrainingMode.TASK, IsonormConfig.parse(config), data);
    ComputationGraph graph = Networks.build(recipe.definition());
    TrainingPoint from = begin(recipe, graph, hadoop, recorder);
    ReplicaSettings replica =
        new ReplicaSettings(
            recipe.config().run().name() + "/" + UUID.randomUUID(),
            graph.getConfiguration().toJson(),
            threads,
            recipe.config().training().lossBound(),
            recipe.precision(),
            recipe.optimizer(),
            recipe.slowWeights(),
            Exchange.FLOAT32);
    int normsEvery = recipe.config().training().normsEveryRounds();
    List<TrainingListener> listeners = new ArrayList<>(List.of(recorder));
    try (NormsMonitor norms =
        normsEvery == 0 ? null : norms(recipe, normsEvery, graph, hadoop, from, recorder)) {
      if (norms != null) {
        listeners.add(norms);
      }
      Replica worker = Replica.of(replica, WORKER);
      Rounds rounds =
          new LocalRounds(
              worker,
              recipe
                  .batching()
                  .of(
                      WORKER,
                      recipe
                          .access(streamed)
                          .shuffled(
                              reference(data.training()),
                              recipe.config().run().seed(),
                              hadoop,
                              shared(hadoop))));
      TrainingPoint last =
          new TrainingLoop(recipe, rounds, validation(recipe, worker, hadoop), listeners, from)
              .train(epochs);
      return new TaskResult.Finished(
          recorder.log(), last, recorder.best.orElseGet(() -> best(last)));
    } finally {
      Replica.release(replica.run());
    }
  }

  private TrainingPoint best(TrainingPoint last) {
    return origin instanceof Origin.Point point && point.best().training().bestEpoch() > 0
        ? point.best()
        : last;
  }

  private TrainingPoint begin(
      Recipe recipe, ComputationGraph graph, Configuration hadoop, Recorder recorder)
      throws IOException {
    if (origin instanceof Origin.Point point) {
      return point.last();
    }
    Replica.useThreads(threads);
    NetworkStart start =
        NetworkStart.of(
            graph,
            recipe.definition(),
            recipe.config(),
            data.manifest(),
            count -> shard(data.firstTraining(count), hadoop),
            TuningProgress.none());
    recorder.start.add(start.files());
    return recipe.start(graph);
  }

  private NormsMonitor norms(
      Recipe recipe,
      int everyRounds,
      ComputationGraph graph,
      Configuration hadoop,
      TrainingPoint from,
      Recorder recorder) {
    int examples = recipe.config().training().globalBatchSize();
    return new NormsMonitor(
        everyRounds,
        NormDiagnosis.batch(
            shard(data.firstTraining(examples), hadoop), data.manifest(), recipe.config()),
        graph,
        recipe::learningRateFactors,
        recipe.optimizer(),
        recipe.workers(),
        LocalRounds.STEPS,
        from,
        recorder.norms::addAll,
        (step, values) -> {});
  }

  private Optional<TrainingLoop.Validation> validation(
      Recipe recipe, Replica worker, Configuration hadoop) throws IOException {
    if (data.validation().size() == 0) {
      return Optional.empty();
    }
    EvaluationBatches examples =
        new EvaluationBatches(
            WORKER,
            recipe.access(streamed).stored(reference(data.validation()), hadoop, shared(hadoop)),
            BatchAssembler.of(
                data.manifest(), recipe.config().data().crop(), AugmentationSettings.NONE),
            recipe.config().training().evaluationBatchSize());
    return Optional.of(
        model ->
            Evaluation.of(
                "validation",
                "last",
                worker.evaluate(model.evaluated(), examples),
                examples.examples(),
                data.manifest().classNames()));
  }

  private Shard shard(PositionRange positions, Configuration hadoop) {
    return ExecutorShards.of(owner, data.manifest(), reference(positions), hadoop);
  }

  private ExampleAccess.Reading shared(Configuration hadoop) {
    return shard -> ExecutorShards.of(owner, data.manifest(), shard, hadoop);
  }

  private ShardReference reference(PositionRange positions) {
    return new ShardReference(data.folder(), Split.TRAIN, positions, WORKER);
  }
}
