package org.isonorm.spark.train;

import java.io.IOException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.RunFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the last point after every epoch and every so many rounds, and the best.
 *
 * @param graph takes the parameters that are saved
 * @param everyRounds rounds between checkpoints within an epoch; 0 for none
 */
record CheckpointWriter(RunFolder folder, ComputationGraph graph, int everyRounds)
    implements TrainingListener {
  private static final Logger log = LoggerFactory.getLogger(CheckpointWriter.class);

  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row)
      throws IOException {
    if (everyRounds > 0 && now.progress().round() % everyRounds == 0) {
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

  private void save(TrainingPoint now) throws IOException {
    folder.saveLastCheckpoint(now.checkpoint(graph));
    log.debug("Saved {} at step {}", folder.lastCheckpoint(), now.progress().step());
  }
}
