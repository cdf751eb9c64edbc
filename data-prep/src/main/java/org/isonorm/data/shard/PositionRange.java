package org.isonorm.data.shard;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Consecutive positions of a split, from {@code from} up to but not including {@code to}.
 *
 * <p>A row's position is its rank in the stored order, counted over the files in manifest order.
 * Because that order is a seeded shuffle of the whole split, every range is an unbiased sample of
 * it: shards and validation splits are ranges.
 */
public record PositionRange(long from, long to) implements Serializable {
  public PositionRange {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid positions: %d to %d (must be 0 <= from <= to)", from, to));
    }
  }

  /** How many rows the range holds. */
  public long size() {
    return to - from;
  }

  /**
   * Cuts the range into consecutive parts whose sizes differ by at most one, larger parts first:
   * the shards of {@code parts} workers.
   *
   * @throws IllegalArgumentException if there are fewer rows than parts, as an empty shard is of no
   *     use
   */
  public List<PositionRange> split(int parts) {
    if (parts <= 0 || parts > size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid number of shards: %d (must be 1 to the %d rows there are)",
              parts,
              size()));
    }
    long smaller = size() / parts;
    long larger = size() % parts;
    return IntStream.range(0, parts)
        .mapToObj(
            i -> {
              long start = from + i * smaller + Math.min(i, larger);
              return new PositionRange(start, start + smaller + (i < larger ? 1 : 0));
            })
        .toList();
  }
}
