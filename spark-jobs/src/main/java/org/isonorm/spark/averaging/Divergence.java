package org.isonorm.spark.averaging;

import java.io.Serializable;
import java.util.Locale;

/**
 * Where training met a loss or a parameter that is not a number, or a loss above its bound. Created
 * on executors; serialized to the driver.
 *
 * @param what what was met, in words
 * @param epoch from 1
 * @param step of that epoch, from 1
 * @param learningRate of that step
 * @param worker the worker's number, from 0
 */
public record Divergence(String what, int epoch, long step, double learningRate, int worker)
    implements Serializable {
  /** One sentence with a remedy. */
  String message() {
    return String.format(
        Locale.ROOT,
        "Training diverged: %s in epoch %d, step %d, at learning rate %.6g on worker %d (a lower optimizer.learning-rate or warmup may help)",
        what,
        epoch,
        step,
        learningRate,
        worker);
  }
}
