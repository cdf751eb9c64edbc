package org.isonorm.spark.data;

import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.reading.RowOrder;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Shard;

/**
 * How the executors of a run have their examples. Created on the driver; serialized to executors.
 *
 * @param streamed whether they come by in a stream; else they are read into memory once
 * @param window examples of a stream that are shuffled with one another, at least
 */
public record ExampleAccess(DatasetManifest manifest, boolean streamed, int window)
    implements Serializable {
  /** Reads a shard; one that runs share is read once. */
  @FunctionalInterface
  public interface Reading {
    Shard read(ShardReference shard) throws IOException;
  }

  /** As a stream: for those who take each example once. */
  public static ExampleAccess once(DatasetManifest manifest) {
    return new ExampleAccess(manifest, /* streamed= */ true, /* window= */ 1);
  }

  /** A worker's examples, shuffled anew every epoch by the run's seed. */
  public Examples shuffled(ShardReference shard, long seed, Configuration hadoop)
      throws IOException {
    return shuffled(shard, seed, hadoop, reading(hadoop));
  }

  /** The same, with another way to read what stays in memory. */
  public Examples shuffled(ShardReference shard, long seed, Configuration hadoop, Reading resident)
      throws IOException {
    return streamed
        ? new StreamedExamples(
            manifest, shard, new RowOrder.Shuffled(seed, shard.worker(), window), hadoop)
        : ResidentExamples.shuffled(resident.read(shard), seed, shard.worker());
  }

  /** Examples as they are stored. */
  public Examples stored(ShardReference shard, Configuration hadoop) throws IOException {
    return stored(shard, hadoop, reading(hadoop));
  }

  /** The same, with another way to read what stays in memory. */
  public Examples stored(ShardReference shard, Configuration hadoop, Reading resident)
      throws IOException {
    return streamed
        ? new StreamedExamples(manifest, shard, new RowOrder.Stored(), hadoop)
        : ResidentExamples.stored(resident.read(shard));
  }

  private Reading reading(Configuration hadoop) {
    return shard ->
        ShardReader.read(manifest, shard.dataset(), shard.split(), shard.positions(), hadoop);
  }
}
