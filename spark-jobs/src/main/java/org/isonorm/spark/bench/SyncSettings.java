package org.isonorm.spark.bench;

import java.util.List;

/**
 * Which averaging rounds to time.
 *
 * @param masters Spark masters, each of two task slots
 * @param rounds rounds to take the median of
 * @param stock whether DL4J's own master is timed as well
 */
public record SyncSettings(List<String> masters, int rounds, boolean stock) {
  /** In one process, and on two executor processes of one slot each with memory in MiB. */
  public static final List<String> MASTERS = List.of("local[2]", "local-cluster[2,1,2500]");

  /** The stock master takes seconds a round. */
  private static final int MOST_STOCK_ROUNDS = 3;

  public SyncSettings {
    masters = List.copyOf(masters);
    if (rounds < 1) {
      throw new IllegalArgumentException("Invalid rounds: %d (must be >= 1)".formatted(rounds));
    }
  }

  int stockRounds() {
    return Math.min(rounds, MOST_STOCK_ROUNDS);
  }
}
