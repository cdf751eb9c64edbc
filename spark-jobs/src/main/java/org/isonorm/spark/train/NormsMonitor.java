package org.isonorm.spark.train;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.graph.NormProbe;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.data.WorkerBatches.Batch;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.NormsLog;

/**
 * Measures a network's norms on the same examples at its start and every so many rounds after it.
 */
final class NormsMonitor implements TrainingListener, AutoCloseable {
  private final int everyRounds;
  private final Batch batch;
  private final ComputationGraph graph;
  private final Map<String, Double> learningRateFactors;
  private final Consumer<List<String>> rows;

  /**
   * A monitor.
   *
   * @param everyRounds rounds between two measurements, >= 1
   * @param batch examples to measure on; closed with this
   * @param graph takes the parameters that are measured
   * @param learningRateFactors what the learning rate of each layer's weights is multiplied by
   * @param rows takes the rows of norms.csv
   */
  NormsMonitor(
      int everyRounds,
      Batch batch,
      ComputationGraph graph,
      Map<String, Double> learningRateFactors,
      Consumer<List<String>> rows) {
    this.everyRounds = everyRounds;
    this.batch = batch;
    this.graph = graph;
    this.learningRateFactors = learningRateFactors;
    this.rows = rows;
  }

  @Override
  public void started(TrainingPoint start, double learningRate) {
    measure(start, learningRate);
  }

  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
    if (now.progress().round() % everyRounds == 0) {
      measure(now, row.learningRate());
    }
  }

  private void measure(TrainingPoint now, double learningRate) {
    FlatParameters.copyFrom(now.model().parameters(), graph.params());
    rows.accept(
        NormsLog.rows(
            now.progress().round(),
            NormProbe.measure(graph, batch.features(), batch.labels()),
            layer -> learningRate * learningRateFactors.get(layer)));
  }

  @Override
  public void close() {
    batch.close();
  }
}
