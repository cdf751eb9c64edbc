package org.isonorm.data.reading;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.isonorm.data.shard.Permutation;
import org.isonorm.data.shard.RandomStream;

/**
 * The order in which the rows of a range of positions are streamed: a list of windows, each of some
 * row groups, whose rows may be in any order. A function of the epoch, of what it is made of and of
 * the row groups' sizes alone, so that it may be entered anywhere.
 */
public sealed interface RowOrder extends Serializable {
  /** As stored, the same in every epoch. */
  record Stored() implements RowOrder {
    @Override
    public boolean repeats() {
      return false;
    }

    @Override
    public List<Window> windows(int[] groups, int epoch) {
      List<Window> windows = new ArrayList<>();
      for (int group = 0; group < groups.length; group++) {
        windows.add(new Window(new int[] {group}, IntStream.range(0, groups[group]).toArray()));
      }
      return windows;
    }
  }

  /**
   * Shuffled anew every epoch: the row groups as a whole, and the rows of consecutive ones that
   * make a window. As a data set is stored in a seeded shuffle of all of it, every row group, and
   * every window, is an unbiased sample.
   *
   * @param seed the run's seed
   * @param worker whose range it is, counted from 0
   * @param window rows that are shuffled with one another, at least; the last window may be smaller
   */
  record Shuffled(long seed, int worker, int window) implements RowOrder {
    public Shuffled {
      if (window < 1) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid window: %d (must be >= 1)", window));
      }
    }

    @Override
    public boolean repeats() {
      return true;
    }

    @Override
    public List<Window> windows(int[] groups, int epoch) {
      int[] order =
          Permutation.sample(
              groups.length, RandomStream.ROW_GROUP_ORDER.generator(seed, epoch, worker));
      List<Window> windows = new ArrayList<>();
      int first = 0;
      int rows = 0;
      for (int i = 0; i < order.length; i++) {
        rows += groups[order[i]];
        if (rows >= window || i == order.length - 1) {
          long place = ((long) worker << Integer.SIZE) | windows.size();
          windows.add(
              new Window(
                  IntStream.range(first, i + 1).map(k -> order[k]).toArray(),
                  Permutation.sample(
                      rows, RandomStream.WINDOW_ORDER.generator(seed, epoch, place))));
          first = i + 1;
          rows = 0;
        }
      }
      return windows;
    }
  }

  /** Whether another epoch follows; else the rows are wanted once at a time. */
  boolean repeats();

  /**
   * The windows of an epoch.
   *
   * @param groups rows of each row group
   * @param epoch counted from 0
   */
  List<Window> windows(int[] groups, int epoch);

  /**
   * Row groups that are in memory together.
   *
   * @param groups their numbers, in the order in which they are read
   * @param rows the order of their rows, counted over the groups as read
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Window(int[] groups, int[] rows) {}
}
