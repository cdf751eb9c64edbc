package org.isonorm.network.kernel.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Products of a tall matrix's rows, block by block, so that a block stays in the processor's
 * caches. Each thread has primitives of its own.
 */
public final class BlockProducts {
  private final int rows;
  private final int block;
  private final int count;
  private final List<MatrixProduct> products = new ArrayList<>();
  private final MatrixProduct last;

  /**
   * Prepares the primitives.
   *
   * @param rows of the matrix
   * @param most rows of a block
   * @param threads how many share the blocks
   * @param ofRows makes a product of that many rows
   */
  public BlockProducts(int rows, int most, int threads, IntFunction<MatrixProduct> ofRows) {
    this.rows = rows;
    block = Math.min(most, (rows + threads - 1) / threads);
    count = (rows + block - 1) / block;
    for (int i = 0; i < threads; i++) {
      products.add(ofRows.apply(block));
    }
    last = ofRows.apply(rows - first(count - 1));
  }

  /** Rows of every block but the last. */
  public int block() {
    return block;
  }

  /** Number of blocks. */
  public int count() {
    return count;
  }

  /** The first row of a block. */
  public int first(int index) {
    return index * block;
  }

  /** Rows of a block. */
  public int rows(int index) {
    return Math.min(block, rows - first(index));
  }

  /** The product of a block, for the thread of a share. */
  public MatrixProduct product(int index, int share) {
    return index == count - 1 ? last : products.get(share);
  }

  /** Bytes of scratch memory that any of the products needs. */
  public long scratchBytes() {
    return products.stream()
        .mapToLong(MatrixProduct::scratchBytes)
        .reduce(last.scratchBytes(), Math::max);
  }
}
