package org.isonorm.spark.bench;

import java.util.List;

/**
 * What averaging rounds cost.
 *
 * @param workers workers of each round
 * @param cores cores of this machine
 * @param rounds rounds of which the medians are
 * @param rows one a master, network and engine
 */
public record SyncResult(int workers, int cores, int rounds, List<Row> rows) {
  public SyncResult {
    rows = List.copyOf(rows);
  }

  /**
   * One kind of round.
   *
   * @param master the Spark master
   * @param network the network's name
   * @param parameters its parameters, running statistics included; momentum has as many
   * @param engine isonorm or stock DL4J
   * @param stateBytes of parameters and momentum as they go to a worker
   * @param syncSeconds what a round takes beside computing and waiting for input
   * @param wallSeconds the whole round
   * @param computeSeconds the slowest worker's local step
   */
  public record Row(
      String master,
      String network,
      long parameters,
      String engine,
      long stateBytes,
      double syncSeconds,
      double wallSeconds,
      double computeSeconds) {}
}
