package org.isonorm.network.tuning;

import org.isonorm.init.SeedStream;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.graph.RandomBatch;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The batches that the tuned methods see, by number: the same number is always the same batch. */
@FunctionalInterface
public interface TuningBatches {
  /**
   * A batch.
   *
   * @param number from 0
   */
  Batch batch(long number);

  /**
   * Examples.
   *
   * @param features images [examples, height, width, channels]
   * @param labels distributions over the classes, [examples, classes]
   */
  record Batch(INDArray features, INDArray labels) {}

  /**
   * Gaussian images with random labels, which need no data set.
   *
   * @param size examples in every batch
   * @param seed of the run
   */
  static TuningBatches gaussian(NetworkDefinition definition, int size, long seed) {
    return number -> {
      RandomBatch batch =
          RandomBatch.of(definition, size, SeedStream.of(seed).named("tuning").at(number).seed());
      return new Batch(batch.features(), batch.labels());
    };
  }
}
