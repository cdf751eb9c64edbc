package org.isonorm.spark.train;

import java.io.Serializable;

/**
 * How parameters are averaged.
 *
 * @param frequency local steps between averages, >= 1; 1 equals one machine at the global batch for
 *     layers that treat examples apart
 * @param group workers whose updates are added up on an executor before the driver sees them; with
 *     no more workers than this, the driver adds them up itself
 * @param threads threads the kernels use in each worker, >= 1
 */
public record AveragingSettings(int frequency, int group, int threads) implements Serializable {
  public AveragingSettings {
    check(frequency >= 1, "averaging.frequency", frequency, ">= 1");
    check(group >= 2, "averaging.aggregation-group", group, ">= 2");
    check(threads >= 1, "training.threads-per-worker", threads, ">= 1");
  }

  private static void check(boolean valid, String key, int value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          "Invalid %s: %d (must be %s)".formatted(key, value, range));
    }
  }
}
