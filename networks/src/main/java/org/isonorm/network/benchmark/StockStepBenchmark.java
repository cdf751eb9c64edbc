package org.isonorm.network.benchmark;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.step.OptimizerSettings;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Nesterovs;

/**
 * Times {@code fit}, or {@code output}, of the same network built of DL4J's own layers ({@link
 * Networks#stock}), on a fixed batch of random images. Belongs to the thread that made it.
 */
public final class StockStepBenchmark {
  private static final double NANOSECONDS = 1e9;

  private final Runnable step;

  private StockStepBenchmark(Runnable step) {
    this.step = step;
  }

  /**
   * A replica of a network.
   *
   * @param batchSize images of a step
   * @param seed of the images
   */
  public static StockStepBenchmark of(
      NetworkDefinition definition, int batchSize, OptimizerSettings optimizer, long seed) {
    DataSet batch = batch(definition, batchSize, seed);
    ComputationGraph graph = graph(definition, optimizer);
    return new StockStepBenchmark(() -> graph.fit(batch));
  }

  /**
   * Inference of a network.
   *
   * @param batchSize images of a call
   * @param seed of the images
   */
  public static StockStepBenchmark ofInference(
      NetworkDefinition definition, int batchSize, long seed) {
    DataSet batch = batch(definition, batchSize, seed);
    ComputationGraph graph = graph(definition, new OptimizerSettings(0, 0, 0, false));
    return new StockStepBenchmark(() -> graph.outputSingle(batch.getFeatures()));
  }

  private static DataSet batch(NetworkDefinition definition, int size, long seed) {
    RandomBatch batch = RandomBatch.of(definition, size, seed);
    INDArray features = batch.features().permute(0, 3, 1, 2).dup('c');
    return new DataSet(features, batch.labels());
  }

  private static ComputationGraph graph(NetworkDefinition definition, OptimizerSettings optimizer) {
    return Networks.stock(
        definition,
        new Nesterovs(optimizer.learningRate(), optimizer.sgd().momentum()),
        optimizer.weightDecay());
  }

  /** Takes that many steps, at least one; returns the seconds of one, the mean. */
  public double run(int steps) {
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      step.run();
    }
    return (System.nanoTime() - start) / NANOSECONDS / steps;
  }
}
