package org.isonorm.spark.bench;

import java.util.List;
import java.util.Locale;
import org.isonorm.spark.config.AveragingConfig.Transport;

/**
 * Which averaging rounds to time.
 *
 * @param workers workers, each with a task slot
 * @param masters Spark masters, each of as many task slots
 * @param rounds rounds to take the median of
 * @param stock whether DL4J's own master is timed as well
 * @param transport of this project's master
 */
public record SyncSettings(
    int workers, List<String> masters, int rounds, boolean stock, Transport transport) {
  /** In one process, and on executor processes of one slot each with memory in MiB. */
  public static List<String> masters(int workers) {
    return List.of(
        String.format(Locale.ROOT, "local[%d]", workers),
        String.format(Locale.ROOT, "local-cluster[%d,1,2500]", workers));
  }

  /** The stock master takes seconds a round. */
  private static final int MOST_STOCK_ROUNDS = 3;

  public SyncSettings {
    masters = List.copyOf(masters);
    if (workers < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid workers: %d (must be >= 1)", workers));
    }
    if (rounds < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid rounds: %d (must be >= 1)", rounds));
    }
  }

  int stockRounds() {
    return Math.min(rounds, MOST_STOCK_ROUNDS);
  }
}
