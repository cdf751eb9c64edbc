package org.isonorm.spark.train;

import java.util.List;
import org.isonorm.spark.averaging.Divergence;
import org.isonorm.spark.averaging.Replica;
import org.isonorm.spark.averaging.WorkerUpdate;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.data.EvaluationBatches;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.RoundSummary;
import org.isonorm.spark.run.TrainingState;
import org.isonorm.spark.schedule.LearningRateSchedule;

/**
 * The rounds and epochs of a run whose only worker is on this executor: train, measure, maybe
 * evaluate, remember the best. Created on executors; stays there.
 */
final class LocalRun {
  /** Steps between two rows of metrics.csv: enough that copying the state costs nothing. */
  private static final int ROUND_STEPS = 25;

  private final IsonormConfig config;
  private final Replica replica;
  private final WorkerBatches batches;
  private final EvaluationBatches validation;
  private final List<String> classNames;
  private final List<MetricsLog.Row> rows;
  private final LocalNorms norms;
  private final LearningRateSchedule schedule;
  private final double secondsBefore;
  private final long start = System.nanoTime();
  private ModelState model;
  private TrainingState state;
  private LocalTraining.Point best;

  /**
   * A run that goes on from a state.
   *
   * @param validation null without validation examples
   * @param rows takes the rows of metrics.csv
   * @param norms measures norms on the way; null if nobody asks
   */
  LocalRun(
      IsonormConfig config,
      Replica replica,
      WorkerBatches batches,
      EvaluationBatches validation,
      List<String> classNames,
      LocalTraining.State from,
      List<MetricsLog.Row> rows,
      LocalNorms norms) {
    this.config = config;
    this.replica = replica;
    this.batches = batches;
    this.validation = validation;
    this.classNames = classNames;
    this.rows = rows;
    this.norms = norms;
    this.schedule = config.optimizer().schedule(batches.steps(), config.training().epochs());
    this.model = from.last().model();
    this.state = from.last().training();
    this.best = from.best();
    this.secondsBefore = state.wallClockSeconds();
  }

  /**
   * Trains until so many epochs are done.
   *
   * @return where it diverged, or null
   */
  Divergence train(int epochs) {
    if (norms != null && state.progress().round() == 0) {
      norms.measure(model, 0, schedule.at(0));
    }
    while (state.progress().epoch() < epochs) {
      while (state.progress().stepInEpoch() < batches.steps()) {
        Divergence divergence = round();
        if (divergence != null) {
          return divergence;
        }
      }
      afterEpoch(epochs);
    }
    return null;
  }

  /** Where the run is now. */
  LocalTraining.State state() {
    return new LocalTraining.State(new LocalTraining.Point(model, state), best);
  }

  private Divergence round() {
    long before = System.nanoTime();
    Round round = Round.next(state.progress(), ROUND_STEPS, batches.steps(), schedule::at);
    WorkerUpdate update = replica.train(model, round, batches);
    if (update.failure() != null) {
      return update.failure();
    }
    model = update.state().open();
    RoundSummary summary =
        new RoundSummary(
            round,
            update.examples(),
            update.lossSum(),
            update.correct(),
            (System.nanoTime() - before) / 1e9,
            update.computeSeconds(),
            update.inputSeconds(),
            0);
    state =
        state.afterRound(summary, state.progress().afterRound(round.steps()), wallClockSeconds());
    MetricsLog.Row row = MetricsLog.Row.ofRound(summary, state);
    rows.add(row);
    if (norms != null) {
      norms.afterRound(model, row.round(), row.learningRate());
    }
    return null;
  }

  private void afterEpoch(int epochs) {
    EpochTotals totals = state.totals();
    Progress progress = state.progress().nextEpoch();
    boolean last = progress.epoch() == epochs;
    Evaluation evaluation =
        validation != null
                && (last || progress.epoch() % config.training().evaluateEveryEpochs() == 0)
            ? evaluate()
            : null;
    int bestBefore = state.bestEpoch();
    state = state.afterEpoch(progress, evaluation, wallClockSeconds());
    rows.add(MetricsLog.Row.ofEpoch(totals, evaluation, state));
    if (state.bestEpoch() != bestBefore) {
      best = new LocalTraining.Point(model, state);
    }
  }

  private Evaluation evaluate() {
    return Evaluation.of(
        "validation",
        "last",
        replica.evaluate(model.evaluated(), validation),
        validation.examples(),
        classNames);
  }

  private double wallClockSeconds() {
    return secondsBefore + (System.nanoTime() - start) / 1e9;
  }
}
