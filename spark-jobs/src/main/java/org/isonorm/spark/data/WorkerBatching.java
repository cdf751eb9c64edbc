package org.isonorm.spark.data;

import java.io.Serializable;
import org.isonorm.data.augmentation.BatchAssembler;
import org.isonorm.data.shard.Shard;

/**
 * How a run cuts a worker's shard into batches. Created on the driver, or in a task; serialized to
 * executors.
 *
 * @param assembler augments and normalizes
 * @param batchSize examples of one local step of one worker
 * @param seed the run's seed
 */
public record WorkerBatching(BatchAssembler assembler, int batchSize, long seed)
    implements Serializable {
  /** A shard as a worker trains on it. */
  public WorkerBatches of(int worker, Shard shard) {
    return new ShardBatches(worker, shard, assembler, batchSize, seed);
  }
}
