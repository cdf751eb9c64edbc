package org.isonorm.spark.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.isonorm.data.reading.ShardReader;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Shard;

/**
 * The examples that several runs on one executor share: read once, by whoever needs them first,
 * while the others wait. Lives on executors.
 */
public final class ExecutorShards {
  private static final Map<Key, Shard> SHARDS = new ConcurrentHashMap<>();

  private record Key(String owner, ShardReference reference) {}

  private ExecutorShards() {}

  /**
   * The rows of a reference.
   *
   * @param owner who shares them: shards of other owners are dropped
   */
  public static Shard of(
      String owner, DatasetManifest manifest, ShardReference reference, Configuration hadoop) {
    SHARDS.keySet().removeIf(key -> !key.owner().equals(owner));
    return SHARDS.computeIfAbsent(
        new Key(owner, reference), key -> read(manifest, reference, hadoop));
  }

  /** Drops an owner's shards. */
  public static void release(String owner) {
    SHARDS.keySet().removeIf(key -> key.owner().equals(owner));
  }

  private static Shard read(
      DatasetManifest manifest, ShardReference reference, Configuration hadoop) {
    try {
      return ShardReader.read(
          manifest, reference.dataset(), reference.split(), reference.positions(), hadoop);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
