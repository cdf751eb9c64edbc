package org.isonorm.network.kernel.vector;

import org.bytedeco.dnnl.memory;
import org.isonorm.network.kernel.onednn.MatrixProduct;
import org.isonorm.network.kernel.onednn.OneDnn;

/** Products of the pairs of matrices that tiles are mapped to. */
final class WinogradProducts {
  private WinogradProducts() {}

  /** Of all matrices: left · right. */
  static MatrixProduct of(
      OneDnn.Resources resources,
      WinogradMatrices left,
      WinogradMatrices right,
      WinogradMatrices product) {
    int count = product.tile().products();
    return new MatrixProduct(
        resources,
        plain(count, left),
        plain(count, right),
        null,
        plain(count, product),
        MatrixProduct.After.NOTHING);
  }

  /**
   * Of some matrices: leftᵀ · right.
   *
   * @param sum whether the product is added to what is there
   */
  static MatrixProduct ofTransposed(
      OneDnn.Resources resources,
      int count,
      WinogradMatrices left,
      WinogradMatrices right,
      WinogradMatrices product,
      boolean sum) {
    memory.desc transposed =
        OneDnn.strided(
            new long[] {count, left.columns(), left.rows()},
            new long[] {left.stride(), 1, left.columns()});
    return new MatrixProduct(
        resources,
        transposed,
        plain(count, right),
        null,
        plain(count, product),
        sum ? MatrixProduct.After.SUM : MatrixProduct.After.NOTHING);
  }

  private static memory.desc plain(int count, WinogradMatrices matrices) {
    return OneDnn.strided(
        new long[] {count, matrices.rows(), matrices.columns()},
        new long[] {matrices.stride(), matrices.columns(), 1});
  }
}
