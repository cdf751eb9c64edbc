package org.isonorm.spark.cluster;

import java.util.Locale;

/**
 * How a cluster on this machine is made up.
 *
 * @param workers worker processes; each holds one executor of an application
 * @param coresPerWorker task slots of each
 * @param memoryMebibytes memory that each worker gives to executors, in MiB
 * @param port port of the master, 0 for a free one
 */
public record ClusterSettings(int workers, int coresPerWorker, int memoryMebibytes, int port) {
  private static final int LEAST_MEMORY = 512;
  private static final int LARGEST_PORT = 65_535;

  public ClusterSettings {
    check("--workers", workers, 1, Integer.MAX_VALUE);
    check("--cores", coresPerWorker, 1, Integer.MAX_VALUE);
    check("--memory", memoryMebibytes, LEAST_MEMORY, Integer.MAX_VALUE);
    check("--port", port, 0, LARGEST_PORT);
  }

  private static void check(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: %d (must be >= %d%s)",
              name,
              value,
              least,
              most == Integer.MAX_VALUE ? "" : " and <= " + most));
    }
  }
}
