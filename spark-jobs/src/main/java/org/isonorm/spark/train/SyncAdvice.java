package org.isonorm.spark.train;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.MetricsLog;

/**
 * One line after the first epoch of a run, if most of it went into the exchange of parameters: the
 * averaging frequency that would leave little of that. Lives on the driver.
 */
final class SyncAdvice implements TrainingListener {
  /** Share of an epoch above which there is something to say. */
  private static final double MUCH = .5;

  /** The share to come to. */
  private static final double LITTLE = .2;

  private final int workers;
  private final int frequency;
  private final long stepsPerEpoch;
  private final Consumer<String> output;
  private boolean said;

  SyncAdvice(int workers, int frequency, long stepsPerEpoch, Consumer<String> output) {
    this.workers = workers;
    this.frequency = frequency;
    this.stepsPerEpoch = stepsPerEpoch;
    this.output = output;
  }

  @Override
  public void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best) {
    if (!said) {
      said = true;
      sentence(totals).ifPresent(output);
    }
  }

  /**
   * The line, if there is one. A round's exchange takes as long however many steps the round has.
   */
  Optional<String> sentence(EpochTotals totals) {
    double sync = totals.syncSeconds();
    double rest = totals.wallSeconds() - sync;
    if (!(sync > MUCH * totals.wallSeconds())) { // also where nobody measured
      return Optional.empty();
    }
    int factor = 1;
    while (share(sync, rest, factor) > LITTLE && 2L * factor * frequency <= stepsPerEpoch) {
      factor *= 2;
    }
    return factor == 1
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "the exchange of parameters took %.0f%% of this epoch: averaging.frequency = %d would make it about %.0f%% %s",
                100 * sync / totals.wallSeconds(),
                factor * frequency,
                100 * share(sync, rest, factor),
                workers == 1
                    ? "(of one worker, the weights stay the same)"
                    : "(workers then move on alone for longer, at some cost in accuracy)"));
  }

  private static double share(double sync, double rest, int factor) {
    return sync / (sync + rest * factor);
  }
}
