package org.isonorm.spark.train;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.parameters.FlatParameters;
import org.isonorm.spark.run.ModelState;

/** The norms of a run that trains on this executor, measured on a graph of their own. */
final class LocalNorms implements AutoCloseable {
  private final NormsMonitor monitor;
  private final ComputationGraph graph;

  LocalNorms(NormsMonitor monitor, ComputationGraph graph) {
    this.monitor = monitor;
    this.graph = graph;
  }

  /** Measures if it is time. */
  void afterRound(ModelState model, long round, double learningRate) {
    if (monitor.isDue(round)) {
      measure(model, round, learningRate);
    }
  }

  void measure(ModelState model, long round, double learningRate) {
    FlatParameters.copyFrom(model.parameters(), graph.params());
    monitor.measure(graph, round, learningRate);
  }

  @Override
  public void close() {
    monitor.close();
  }
}
