package org.isonorm.spark.data;

import java.util.stream.IntStream;
import org.isonorm.data.augmentation.EpochOrder;
import org.isonorm.data.shard.Shard;

/** Examples that are in memory, all of them. */
abstract class ResidentExamples implements Examples {
  private static final long serialVersionUID = 1L;

  private final Shard shard;
  private transient Order order;

  /** The rows of the shard in the order of an epoch. */
  private record Order(int epoch, int[] rows) {}

  private ResidentExamples(Shard shard) {
    this.shard = shard;
  }

  /** A shard's, shuffled anew every epoch. */
  static ResidentExamples shuffled(Shard shard, long seed, int worker) {
    return new ResidentExamples(shard) {
      private static final long serialVersionUID = 1L;

      @Override
      int[] order(int epoch) {
        return EpochOrder.rows(shard.size(), seed, epoch, worker);
      }
    };
  }

  /** A shard's as they are stored. */
  static ResidentExamples stored(Shard shard) {
    return new ResidentExamples(shard) {
      private static final long serialVersionUID = 1L;

      @Override
      int[] order(int epoch) {
        return IntStream.range(0, shard.size()).toArray();
      }
    };
  }

  abstract int[] order(int epoch);

  @Override
  public int size() {
    return shard.size();
  }

  @Override
  public Taken take(int epoch, int from, int count) {
    return new Taken(shard, rows(epoch), from);
  }

  private synchronized int[] rows(int epoch) {
    if (order == null || order.epoch() != epoch) {
      order = new Order(epoch, order(epoch));
    }
    return order.rows();
  }
}
