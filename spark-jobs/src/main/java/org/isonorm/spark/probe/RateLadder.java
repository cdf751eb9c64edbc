package org.isonorm.spark.probe;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.isonorm.spark.run.ProbeRow;

/**
 * Short runs at learning rates a factor of two apart. One seed at five rates around the largest
 * stable one, up to two more beyond an end that was the best, then the three best ones at a second
 * seed.
 */
final class RateLadder {
  /** Highest of the first rates, by powers of two above the largest stable one. */
  private static final int ABOVE = 1;

  private static final int FIRST = 5;
  private static final int BEYOND = 2;
  private static final int REPEATED = 3;

  /** Of a learning rate. */
  static final int RATE_DIGITS = 2;

  /** Runs at most. */
  static final int MOST_RUNS = FIRST + BEYOND + REPEATED;

  private RateLadder() {}

  /** Trains one. */
  @FunctionalInterface
  interface ShortRun {
    /**
     * A short run.
     *
     * @param seed 0 for the first, 1 for the second
     */
    ProbeRow at(double learningRate, int seed) throws IOException;
  }

  /**
   * The runs, in the order in which they were made.
   *
   * @param stable the largest stable rate
   */
  static List<ProbeRow> climb(double stable, ShortRun run) throws IOException {
    TreeMap<Integer, ProbeRow> first = new TreeMap<>();
    List<ProbeRow> all = new ArrayList<>();
    for (int rung = ABOVE; rung > ABOVE - FIRST; rung--) {
      all.add(run.at(rate(stable, rung), 0));
      first.put(rung, all.get(all.size() - 1));
    }
    for (int more = 0; more < BEYOND; more++) {
      int best = best(first);
      int next;
      if (best == first.firstKey()) {
        next = best - 1;
      } else if (best == first.lastKey()) {
        next = best + 1;
      } else {
        break;
      }
      all.add(run.at(rate(stable, next), 0));
      first.put(next, all.get(all.size() - 1));
    }
    List<ProbeRow> repeated =
        first.values().stream()
            .filter(row -> row.validationLoss() != null)
            .sorted(Comparator.comparingDouble(ProbeRow::lossOrInfinite))
            .limit(REPEATED)
            .toList();
    for (ProbeRow row : repeated) {
      all.add(run.at(row.learningRate(), 1));
    }
    return all;
  }

  /** The rung of the lowest loss, the lowest one where all diverged. */
  private static int best(SortedMap<Integer, ProbeRow> rungs) {
    int best = rungs.firstKey();
    for (int rung : rungs.keySet()) {
      if (rungs.get(rung).lossOrInfinite() < rungs.get(best).lossOrInfinite()) {
        best = rung;
      }
    }
    return best;
  }

  private static double rate(double stable, int rung) {
    return readable(stable * Math.pow(2, rung), RATE_DIGITS);
  }

  /** So many digits of a number. */
  static double readable(double value, int digits) {
    return new BigDecimal(value).round(new MathContext(digits)).doubleValue();
  }
}
