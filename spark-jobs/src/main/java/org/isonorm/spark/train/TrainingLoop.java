package org.isonorm.spark.train;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.isonorm.spark.jobs.StopRequest;
import org.isonorm.spark.jobs.StoppedException;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.TrainingState;

/**
 * Training, as one story for every mode: the next round, measure, maybe evaluate, and tell whoever
 * listens, who may write metrics, measure norms or save checkpoints. All state is one {@link
 * TrainingPoint}, handed from round to round.
 */
final class TrainingLoop {
  private final Recipe recipe;
  private final Rounds rounds;
  private final Optional<Validation> validation;
  private final List<TrainingListener> listeners;
  private final long start = System.nanoTime();
  private final double secondsBefore;
  private TrainingPoint now;

  /** Evaluates on the validation examples. */
  @FunctionalInterface
  interface Validation {
    /** Evaluates the state's moving average where there is one, else its parameters. */
    Evaluation evaluate(ModelState model);
  }

  /**
   * A loop that goes on from a point.
   *
   * @param validation none where there are no validation examples
   * @param listeners told in this order
   */
  TrainingLoop(
      Recipe recipe,
      Rounds rounds,
      Optional<Validation> validation,
      List<TrainingListener> listeners,
      TrainingPoint from) {
    this.recipe = recipe;
    this.rounds = rounds;
    this.validation = validation;
    this.listeners = listeners;
    this.now = from;
    this.secondsBefore = from.training().wallClockSeconds();
  }

  /**
   * Trains until so many epochs are done, or the validation accuracy has not risen for {@code
   * training.patience} epochs.
   *
   * @return the point at their end
   * @throws org.isonorm.spark.averaging.TrainingDivergedException at the first loss that is not a
   *     number
   * @throws StoppedException if the process was asked to stop; listeners were told
   */
  TrainingPoint train(int epochs) throws IOException {
    try {
      return rounds(epochs);
    } catch (Throwable e) { // Jobs that are cancelled throw what Spark likes.
      if (!StopRequest.isMade()) {
        throw e;
      }
      if (rounds.isObserved()) {
        for (TrainingListener listener : listeners) {
          listener.stopped(now);
        }
      }
      throw new StoppedException(e);
    }
  }

  private TrainingPoint rounds(int epochs) throws IOException {
    if (now.progress().round() == 0) {
      for (TrainingListener listener : listeners) {
        listener.started(now, recipe.schedule().at(0));
      }
    }
    while (now.progress().epoch() < epochs && !recipe.stopsEarly(now.training())) {
      while (now.progress().stepInEpoch() < recipe.stepsPerEpoch()) {
        StopRequest.check();
        round();
      }
      endEpoch(epochs);
    }
    return now;
  }

  private void round() throws IOException {
    Round round =
        Round.next(
            now.progress(),
            rounds.frequency(),
            recipe.stepsPerEpoch(),
            recipe.learningRates(now.training()));
    Rounds.Result result = rounds.train(now.model(), now.progress(), round);
    TrainingState state =
        now.training().afterRound(result.summary(), result.progress(), wallClockSeconds());
    now = new TrainingPoint(result.model(), state);
    if (rounds.isObserved()) {
      MetricsLog.Row row = MetricsLog.Row.ofRound(result.summary(), state);
      for (TrainingListener listener : listeners) {
        listener.afterRound(now, state.totals(), row);
      }
    }
  }

  private void endEpoch(int epochs) throws IOException {
    TrainingState before = now.training();
    EpochTotals totals = before.totals();
    int epoch = before.progress().epoch() + 1;
    boolean due = epoch == epochs || recipe.config().training().evaluatesAfter(epoch);
    Evaluation evaluation =
        due ? validation.map(examples -> examples.evaluate(now.model())).orElse(null) : null;
    TrainingState state =
        recipe.evaluated(
            before.afterEpoch(before.progress().nextEpoch(), evaluation, wallClockSeconds()),
            evaluation);
    now = new TrainingPoint(now.model(), state);
    MetricsLog.Row row = MetricsLog.Row.ofEpoch(totals, evaluation, state);
    for (TrainingListener listener : listeners) {
      listener.afterEpoch(now, totals, row, state.bestEpoch() != before.bestEpoch());
    }
  }

  private double wallClockSeconds() {
    return secondsBefore + (System.nanoTime() - start) / 1e9;
  }
}
