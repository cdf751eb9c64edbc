package org.isonorm.spark.bench;

import java.util.List;
import java.util.Locale;
import org.isonorm.spark.config.IsonormConfig;

/**
 * What to race.
 *
 * @param recipe the training run
 * @param target accuracy to be reached, in (0, 1]
 * @param seeds runs of each engine, at run.seed and the seeds after it
 * @param pythons interpreters that may have PyTorch
 */
public record TimeToAccuracySettings(
    IsonormConfig recipe, double target, int seeds, List<String> pythons) {
  public TimeToAccuracySettings {
    if (!(target > 0 && target <= 1)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid target: %s (must be in (0, 1], as .94)", target));
    }
    if (seeds < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid seeds: %d (must be >= 1)", seeds));
    }
    pythons = List.copyOf(pythons);
  }
}
