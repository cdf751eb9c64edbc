package org.isonorm.spark.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.api.java.JavaRDD;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.averaging.Evaluator;
import org.isonorm.spark.averaging.ParameterAveragingMaster;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.run.Checkpoint;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.RoundSummary;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.TrainingState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a network by parameter averaging, from its first round to its last checkpoint: average,
 * measure, maybe evaluate, maybe checkpoint. Lives on the driver.
 */
final class Trainer {
  private static final Logger log = LoggerFactory.getLogger(Trainer.class);

  private final SparkComputationGraph network;
  private final ParameterAveragingMaster master;
  private final JavaRDD<String> shards;
  private final Evaluator validation;
  private final RunFolder folder;
  private final MetricsLog metrics;
  private final NormsMonitor norms;
  private final ProgressLine progressLine;
  private final Schedule schedule;
  private final double secondsBefore;
  private final long start = System.nanoTime();
  private TrainingState state;
  private TrainingSource source;

  /**
   * When to stop, evaluate and checkpoint.
   *
   * @param epochs epochs in the whole run
   * @param evaluateEveryEpochs epochs between evaluations on the validation split
   * @param checkpointEveryRounds rounds between checkpoints within an epoch; 0 for none
   */
  record Schedule(int epochs, int evaluateEveryEpochs, int checkpointEveryRounds) {}

  /**
   * A trainer that goes on from a state.
   *
   * @param network the network, holding the state's parameters
   * @param shards one shard reference a worker
   * @param validation evaluates the validation split; null without one
   * @param norms measures norms on the way; null if nobody asks
   * @param state the start, or a checkpoint's
   */
  Trainer(
      SparkComputationGraph network,
      ParameterAveragingMaster master,
      JavaRDD<String> shards,
      Evaluator validation,
      RunFolder folder,
      MetricsLog metrics,
      NormsMonitor norms,
      ProgressLine progressLine,
      Schedule schedule,
      TrainingState state) {
    this.network = network;
    this.master = master;
    this.shards = shards;
    this.validation = validation;
    this.folder = folder;
    this.metrics = metrics;
    this.norms = norms;
    this.progressLine = progressLine;
    this.schedule = schedule;
    this.state = state;
    this.secondsBefore = state.wallClockSeconds();
    master.listen(this::afterRound);
  }

  /**
   * Trains to the last epoch.
   *
   * @return the state at its end
   * @throws TrainingDivergedException at the first loss that is not a number
   */
  TrainingState train() throws IOException {
    try (TrainingSource registered =
        TrainingSource.register(folder.path().getFileName().toString())) {
      source = registered;
      while (master.progress().epoch() < schedule.epochs()) {
        network.fitPaths(shards);
        afterEpoch();
      }
    }
    return state;
  }

  private void afterRound(RoundSummary round) {
    Progress progress = master.progress();
    state = state.afterRound(round, progress, wallClockSeconds());
    MetricsLog.Row row = MetricsLog.Row.ofRound(round, state);
    metrics.append(row);
    source.round(row);
    progressLine.round(progress, state.totals());
    if (norms != null && norms.isDue(progress.round())) {
      norms.measure(graph(), progress.round(), row.learningRate());
    }
    int every = schedule.checkpointEveryRounds();
    if (every > 0 && progress.round() % every == 0) {
      checkpointLast();
    }
  }

  private void afterEpoch() throws IOException {
    Progress progress = master.progress();
    EpochTotals totals = state.totals();
    Evaluation evaluation = isDue(progress) ? evaluate() : null;
    int bestBefore = state.bestEpoch();
    state = state.afterEpoch(progress, evaluation, wallClockSeconds());
    MetricsLog.Row row = MetricsLog.Row.ofEpoch(totals, evaluation, state);
    metrics.append(row);
    source.epoch(row);
    logParameters(progress.step());
    progressLine.epoch(progress, totals, evaluation);
    if (state.bestEpoch() != bestBefore) {
      checkpoint(checkpoint -> checkpoint.save(folder.bestCheckpoint()));
    }
    checkpointLast();
  }

  private Evaluation evaluate() throws IOException {
    return withEvaluated(trained -> validation.evaluate(graph(), "last"));
  }

  /** What is done while the network holds the parameters to evaluate. */
  private interface Work<T> {
    T run(byte[] trained) throws IOException;
  }

  /**
   * Puts the moving average into the network, where one is kept, until the work is done.
   *
   * @param work told the parameters that training goes on from, or null if the network holds them
   */
  private <T> T withEvaluated(Work<T> work) throws IOException {
    byte[] average = master.average();
    if (average == null) {
      return work.run(null);
    }
    byte[] trained = FlatParameters.toBytes(graph().params());
    FlatParameters.copyFrom(average, graph().params());
    try {
      return work.run(trained);
    } finally {
      FlatParameters.copyFrom(trained, graph().params());
    }
  }

  private void logParameters(long step) {
    if (metrics.hasEvents()) {
      graph()
          .paramTable()
          .forEach(
              (name, values) ->
                  metrics.histogram(step, "parameters/" + name, values.ravel().toFloatVector()));
    }
  }

  private boolean isDue(Progress progress) {
    boolean last = progress.epoch() == schedule.epochs();
    return validation != null && (last || progress.epoch() % schedule.evaluateEveryEpochs() == 0);
  }

  private void checkpointLast() {
    try {
      checkpoint(folder::saveLastCheckpoint);
      log.debug("Saved {} at step {}", folder.lastCheckpoint(), state.progress().step());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Saver {
    void save(Checkpoint checkpoint) throws IOException;
  }

  private void checkpoint(Saver saver) throws IOException {
    withEvaluated(
        trained -> {
          saver.save(new Checkpoint(graph(), trained, master.velocity(), state));
          return null;
        });
  }

  private ComputationGraph graph() {
    return network.getNetwork();
  }

  private double wallClockSeconds() {
    return secondsBefore + (System.nanoTime() - start) / 1e9;
  }
}
