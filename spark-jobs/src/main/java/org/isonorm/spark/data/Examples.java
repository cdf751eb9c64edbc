package org.isonorm.spark.data;

import java.io.Serializable;
import org.isonorm.data.shard.Shard;

/**
 * The examples of a worker in the order of an epoch, which are in memory or come by in a stream.
 * What is at a place is a function of the epoch and the place alone. On executors.
 */
public interface Examples extends Serializable {
  /** How many an epoch has. */
  int size();

  /**
   * Those at consecutive places.
   *
   * @param epoch counted from 0
   * @param from the first place
   * @param count how many
   */
  Taken take(int epoch, int from, int count);

  /**
   * Examples in some shard.
   *
   * @param rows the shard's rows, of which those from {@code from} on are meant, as many as were
   *     asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Taken(Shard shard, int[] rows, int from) {
    /** The row of one of them. */
    int row(int i) {
      return rows[from + i];
    }
  }
}
