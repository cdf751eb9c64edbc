package org.isonorm.network.kernel.exact;

import java.util.stream.IntStream;

/**
 * Rows of an array in blocks, shared among threads: as many shares whatever the number of threads,
 * so that sums over them are the same everywhere.
 *
 * @param rows number of rows
 * @param columns elements of a row
 */
record Shares(long rows, int columns) {
  private static final int SHARES = 16;

  /** Elements that are on the heap at a time, where loops over them are vectorized. */
  private static final int BLOCK = 4096;

  /** Work on the rows from one on. */
  interface Pass {
    void over(long row, int rows);
  }

  /** Adds what the rows from one on come to. */
  interface Sum {
    void add(long row, int rows, double[] sum);
  }

  void forEach(Pass pass) {
    IntStream.range(0, SHARES).parallel().forEach(share -> blocks(share, pass));
  }

  /** A sum of vectors over all blocks. */
  double[] sum(int length, Sum sum) {
    double[][] shares = new double[SHARES][length];
    IntStream.range(0, SHARES)
        .parallel()
        .forEach(share -> blocks(share, (row, count) -> sum.add(row, count, shares[share])));
    double[] total = new double[length];
    for (double[] share : shares) {
      for (int i = 0; i < length; i++) {
        total[i] += share[i];
      }
    }
    return total;
  }

  /** The block of some rows. */
  double[] read(HostElements elements, long row, int count) {
    double[] block = new double[count * columns];
    elements.get(Math.toIntExact(row * columns), block);
    return block;
  }

  void write(HostElements elements, long row, double[] block) {
    elements.put(Math.toIntExact(row * columns), block);
  }

  private void blocks(int share, Pass pass) {
    int atATime = Math.max(1, Math.floorDiv(BLOCK, columns));
    long to = rows * (share + 1) / SHARES;
    for (long row = rows * share / SHARES; row < to; row += atATime) {
      pass.over(row, (int) Math.min(atATime, to - row));
    }
  }
}
