package org.isonorm.spark.train;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.spark.config.TrainingConfig;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.RunFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the best point, and the last: after every epoch, every so many rounds, after some time, and
 * where a run is stopped.
 */
final class CheckpointWriter implements TrainingListener {
  private static final Logger log = LoggerFactory.getLogger(CheckpointWriter.class);

  private final RunFolder folder;
  private final ComputationGraph graph;
  private final int everyRounds;
  private final long everyNanoseconds;
  private final LongSupplier clock;
  private long savedTime;
  private long savedRound;

  /**
   * A writer of a run's checkpoints.
   *
   * @param graph takes the parameters that are saved
   * @param from where the run goes on
   * @param clock nanoseconds
   */
  CheckpointWriter(
      RunFolder folder,
      ComputationGraph graph,
      TrainingConfig config,
      TrainingPoint from,
      LongSupplier clock) {
    this.folder = folder;
    this.graph = graph;
    this.everyRounds = config.checkpointEveryRounds();
    this.everyNanoseconds = TimeUnit.MINUTES.toNanos(config.checkpointEveryMinutes());
    this.clock = clock;
    this.savedTime = clock.getAsLong();
    this.savedRound = from.progress().round();
  }

  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row)
      throws IOException {
    boolean byRounds = everyRounds > 0 && now.progress().round() % everyRounds == 0;
    boolean byTime = everyNanoseconds > 0 && clock.getAsLong() - savedTime >= everyNanoseconds;
    if (byRounds || byTime) {
      save(now);
    }
  }

  @Override
  public void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best)
      throws IOException {
    if (best) {
      now.checkpoint(graph).save(folder.bestCheckpoint());
    }
    save(now);
  }

  @Override
  public void stopped(TrainingPoint now) throws IOException {
    if (now.progress().round() > savedRound) {
      save(now);
    }
  }

  private void save(TrainingPoint now) throws IOException {
    folder.saveLastCheckpoint(now.checkpoint(graph));
    savedTime = clock.getAsLong();
    savedRound = now.progress().round();
    log.debug("Saved {} at step {}", folder.lastCheckpoint(), now.progress().step());
  }
}
