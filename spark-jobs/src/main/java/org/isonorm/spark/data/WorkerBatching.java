package org.isonorm.spark.data;

import java.io.Serializable;
import org.isonorm.data.augmentation.BatchAssembler;

/**
 * How a run cuts a worker's examples into batches. Created on the driver, or in a task; serialized
 * to executors.
 *
 * @param assembler augments and normalizes
 * @param batchSize examples of one local step of one worker
 * @param seed the run's seed
 */
public record WorkerBatching(BatchAssembler assembler, int batchSize, long seed)
    implements Serializable {
  /** Examples, shuffled by the seed, as a worker trains on them. */
  public WorkerBatches of(int worker, Examples examples) {
    return new ShardBatches(worker, examples, assembler, batchSize, seed);
  }
}
