package org.isonorm.network;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Nesterovs;

/**
 * Times {@code fit} of the same network built of DL4J's own layers ({@link Networks#stock}), on a
 * fixed batch of random images. Belongs to the thread that made it.
 */
public final class StockStepBenchmark {
  private static final double NANOSECONDS = 1e9;

  private final ComputationGraph graph;
  private final DataSet batch;

  private StockStepBenchmark(ComputationGraph graph, DataSet batch) {
    this.graph = graph;
    this.batch = batch;
  }

  /**
   * A replica of a network.
   *
   * @param batchSize images of a step
   * @param seed of the images
   */
  public static StockStepBenchmark of(
      NetworkDefinition definition, int batchSize, OptimizerSettings optimizer, long seed) {
    RandomBatch batch = RandomBatch.of(definition, batchSize, seed);
    INDArray features = batch.features().permute(0, 3, 1, 2).dup('c');
    return new StockStepBenchmark(
        Networks.stock(
            definition,
            new Nesterovs(optimizer.learningRate(), optimizer.momentum()),
            optimizer.weightDecay()),
        new DataSet(features, batch.labels()));
  }

  /** Takes that many steps, at least one; returns the seconds of one, the mean. */
  public double run(int steps) {
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      graph.fit(batch);
    }
    return (System.nanoTime() - start) / NANOSECONDS / steps;
  }
}
