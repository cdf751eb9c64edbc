package org.isonorm.data.augmentation;

import java.util.Locale;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.RandomStream;

/** The order in which a worker takes the rows of its shard in an epoch. */
public final class EpochOrder {
  private EpochOrder() {}

  /**
   * A permutation of the shard's rows: every row exactly once an epoch. It is a function of the
   * arguments alone, so that a task that is repeated, on whichever executor, takes the same rows
   * again.
   *
   * @param size rows of the shard
   * @param seed the run's seed
   * @param epoch counted from 0
   * @param worker the worker whose shard it is, counted from 0
   */
  public static int[] rows(int size, long seed, int epoch, int worker) {
    if (size < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid shard size: %d (must be >= 0)", size));
    }
    return Permutation.sample(size, RandomStream.EPOCH_ORDER.generator(seed, epoch, worker));
  }
}
