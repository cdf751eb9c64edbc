package org.isonorm.spark.averaging;

import java.io.Serializable;
import java.util.Locale;
import org.isonorm.init.SeedStream;
import org.isonorm.network.kernel.Precision;
import org.isonorm.spark.config.AveragingConfig.Transport;

/**
 * How parameters are averaged.
 *
 * @param frequency local steps between averages, >= 1; 1 equals one machine at the global batch for
 *     layers that treat examples apart
 * @param group workers whose updates are added up on an executor before the driver sees them; with
 *     no more workers than this, the driver adds them up itself
 * @param threads threads the kernels use in each worker, >= 1
 * @param lossBound mean loss of a batch above which training has diverged, > 0
 * @param precision of activations
 * @param slowWeights what is averaged of the parameters over the steps
 * @param transport of parameters and velocity
 * @param seed of its rounding
 */
public record AveragingSettings(
    int frequency,
    int group,
    int threads,
    double lossBound,
    Precision precision,
    SlowWeights slowWeights,
    Transport transport,
    SeedStream seed)
    implements Serializable {
  public AveragingSettings {
    check(frequency >= 1, "averaging.frequency", frequency, ">= 1");
    check(group >= 2, "averaging.aggregation-group", group, ">= 2");
    check(threads >= 1, "training.threads-per-worker", threads, ">= 1");
    check(lossBound > 0, "training.loss-bound", lossBound, "> 0");
  }

  /** Settings of float32 that stop at a loss that is not finite alone. */
  public AveragingSettings(int frequency, int group, int threads) {
    this(frequency, group, threads, Transport.FLOAT32);
  }

  /** The same with another transport. */
  public AveragingSettings(int frequency, int group, int threads, Transport transport) {
    this(
        frequency,
        group,
        threads,
        Double.MAX_VALUE,
        Precision.FLOAT32,
        new SlowWeights.None(),
        transport,
        SeedStream.of(0));
  }

  static void check(boolean valid, String key, Number value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be %s)", key, value, range));
    }
  }
}
