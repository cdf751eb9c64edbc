package org.isonorm.spark.train;

import java.util.Locale;
import org.isonorm.spark.averaging.Replica;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.averaging.WorkerUpdate;
import org.isonorm.spark.data.WorkerBatches;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.Progress;
import org.isonorm.spark.run.Round;
import org.isonorm.spark.run.RoundSummary;

/** Rounds of the only worker of a run, on this executor. */
record LocalRounds(Replica replica, WorkerBatches batches) implements Rounds {
  /** Steps between two rows of metrics.csv: enough that copying the state costs nothing. */
  static final int STEPS = 25;

  @Override
  public int frequency() {
    return STEPS;
  }

  @Override
  public Result train(ModelState from, Progress progress, Round round) {
    long start = System.nanoTime();
    WorkerUpdate update = replica.train(from, round, batches);
    if (update instanceof WorkerUpdate.Diverged diverged) {
      throw new TrainingDivergedException(diverged.divergence());
    }
    if (!(update instanceof WorkerUpdate.Trained trained)) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "Cannot train round %d: no examples", round.number()));
    }
    return new Result(
        trained.state().open(),
        progress.afterRound(round.steps()),
        new RoundSummary(
            round,
            trained.examples(),
            trained.lossSum(),
            trained.correct(),
            (System.nanoTime() - start) / 1e9,
            trained.computeSeconds(),
            trained.inputSeconds(),
            0));
  }
}
