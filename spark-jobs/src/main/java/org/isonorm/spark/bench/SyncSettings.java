package org.isonorm.spark.bench;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.spark.config.AveragingConfig.Transport;

/**
 * Which averaging rounds to time.
 *
 * @param networks whose parameters are averaged
 * @param workers workers, each with a task slot
 * @param masters Spark masters, each of as many task slots
 * @param warmUp rounds before the first that counts; as many as the network needs by default
 * @param rounds rounds to take the median of
 * @param stock whether DL4J's own master is timed as well
 * @param transport of this project's master
 */
public record SyncSettings(
    List<NetworkDefinition> networks,
    int workers,
    List<String> masters,
    OptionalInt warmUp,
    int rounds,
    boolean stock,
    Transport transport) {
  /** 271,290 parameters, and 20,046,026: 80 MB, and as much momentum. */
  public static final List<NetworkDefinition> SMALL_AND_LARGE =
      List.of(NetworkDefinition.of("resnet-20"), NetworkDefinition.of("vgg-19"));

  /** In one process, and on executor processes of one slot each with memory in MiB. */
  public static List<String> masters(int workers) {
    return List.of(
        String.format(Locale.ROOT, "local[%d]", workers),
        String.format(Locale.ROOT, "local-cluster[%d,1,2500]", workers));
  }

  /** The stock master takes seconds a round. */
  private static final int MOST_STOCK_ROUNDS = 3;

  public SyncSettings {
    networks = List.copyOf(networks);
    masters = List.copyOf(masters);
    if (workers < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid workers: %d (must be >= 1)", workers));
    }
    warmUp.ifPresent(
        count -> {
          if (count < 1) {
            throw new IllegalArgumentException(
                String.format(Locale.ROOT, "Invalid warm-up: %d (must be >= 1)", count));
          }
        });
    if (rounds < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid rounds: %d (must be >= 1)", rounds));
    }
  }

  int stockRounds() {
    return Math.min(rounds, MOST_STOCK_ROUNDS);
  }
}
