package org.isonorm.spark.train;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.graph.NormProbe;
import org.isonorm.spark.data.WorkerBatches.Batch;
import org.isonorm.spark.run.NormsLog;

/**
 * Measures a network's norms on the same examples at its start and every so many rounds after it.
 * Changes nothing of the network. Lives where the averaged parameters are.
 */
final class NormsMonitor implements AutoCloseable {
  private final int everyRounds;
  private final Batch batch;
  private final Map<String, Double> learningRateFactors;
  private final Consumer<List<String>> rows;

  /**
   * A monitor.
   *
   * @param everyRounds rounds between two measurements, >= 1
   * @param batch examples to measure on; closed with this
   * @param learningRateFactors what the learning rate of each layer's weights is multiplied by
   * @param rows takes the rows of norms.csv
   */
  NormsMonitor(
      int everyRounds,
      Batch batch,
      Map<String, Double> learningRateFactors,
      Consumer<List<String>> rows) {
    this.everyRounds = everyRounds;
    this.batch = batch;
    this.learningRateFactors = learningRateFactors;
    this.rows = rows;
  }

  /** Whether the norms are due after so many rounds. */
  boolean isDue(long round) {
    return round % everyRounds == 0;
  }

  /**
   * Measures.
   *
   * @param graph the network, after the round
   * @param round rounds done in the run
   * @param learningRate of the round's last step
   */
  void measure(ComputationGraph graph, long round, double learningRate) {
    rows.accept(
        NormsLog.rows(
            round,
            NormProbe.measure(graph, batch.features(), batch.labels()),
            layer -> learningRate * learningRateFactors.get(layer)));
  }

  @Override
  public void close() {
    batch.close();
  }
}
