package org.isonorm.spark.train;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.MetricsLog;

/**
 * Writes metrics.csv and, where there is one, the event file beside it.
 *
 * @param graph takes the parameters whose distributions the event file shows
 */
record MetricsWriter(MetricsLog log, ComputationGraph graph) implements TrainingListener {
  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
    log.append(row);
  }

  @Override
  public void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best) {
    log.append(row);
    if (log.hasEvents()) {
      FlatParameters.copyFrom(now.model().parameters(), graph.params());
      graph
          .paramTable()
          .forEach(
              (name, values) ->
                  log.histogram(row.step(), "parameters/" + name, values.ravel().toFloatVector()));
    }
  }
}
