package org.isonorm.spark.run;

import java.io.Serializable;
import java.util.Locale;

/**
 * How far training has come; with the seed it determines everything that follows.
 *
 * @param epoch the current epoch, from 0
 * @param stepInEpoch local steps of it done
 * @param step local steps done in the whole run
 * @param round rounds done in the whole run
 */
public record Progress(int epoch, int stepInEpoch, long step, long round) implements Serializable {
  /** Nothing done yet. */
  public static final Progress START = new Progress(0, 0, 0, 0);

  public Progress {
    if (epoch < 0 || stepInEpoch < 0 || step < 0 || round < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid progress: epoch %d, step %d of it, step %d, round %d (must be >= 0)",
              epoch,
              stepInEpoch,
              step,
              round));
    }
  }

  /** After a round of so many local steps. */
  public Progress afterRound(int steps) {
    return new Progress(epoch, stepInEpoch + steps, step + steps, round + 1);
  }

  /** At the start of the next epoch. */
  public Progress nextEpoch() {
    return new Progress(epoch + 1, 0, step, round);
  }
}
