package org.isonorm.network.kernel;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/** Products of pairs of matrices by oneDNN, on the calling thread alone. */
final class WinogradProduct {
  private final OneDnn.Call call;
  private final memory left;
  private final memory right;
  private final memory product;

  private WinogradProduct(
      OneDnn.Resources resources,
      memory.desc leftDesc,
      memory.desc rightDesc,
      memory.desc productDesc,
      boolean sum) {
    resources.own(leftDesc);
    resources.own(rightDesc);
    resources.own(productDesc);
    primitive_attr attributes = resources.own(OneDnn.attributes());
    if (sum) {
      post_ops after = resources.own(new post_ops());
      after.append_sum(1f, 0, memory.data_type.undef);
      attributes.set_post_ops(after);
    }
    call =
        OneDnn.withOneThread(
            () -> {
              matmul.primitive_desc desc =
                  resources.own(
                      new matmul.primitive_desc(
                          OneDnn.ENGINE, leftDesc, rightDesc, productDesc, attributes, false));
              return resources.call(resources.own(new matmul(desc)), desc.scratchpad_desc());
            });
    left = call.argument(DNNL_ARG_SRC, leftDesc);
    right = call.argument(DNNL_ARG_WEIGHTS, rightDesc);
    product = call.argument(DNNL_ARG_DST, productDesc);
  }

  /** Of all matrices: left · right. */
  static WinogradProduct of(
      OneDnn.Resources resources,
      WinogradMatrices left,
      WinogradMatrices right,
      WinogradMatrices product) {
    int count = product.tile().products();
    return new WinogradProduct(
        resources, plain(count, left), plain(count, right), plain(count, product), false);
  }

  /**
   * Of some matrices: leftᵀ · right.
   *
   * @param sum whether the product is added to what is there
   */
  static WinogradProduct ofTransposed(
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
    return new WinogradProduct(
        resources, transposed, plain(count, right), plain(count, product), sum);
  }

  private static memory.desc plain(int count, WinogradMatrices matrices) {
    return OneDnn.strided(
        new long[] {count, matrices.rows(), matrices.columns()},
        new long[] {matrices.stride(), matrices.columns(), 1});
  }

  long scratchBytes() {
    return OneDnn.Worker.align(call.scratchBytes());
  }

  /** Multiplies what lies at two addresses into a third. */
  void run(long scratch, long leftAddress, long rightAddress, long productAddress) {
    OneDnn.aim(left, leftAddress);
    OneDnn.aim(right, rightAddress);
    OneDnn.aim(product, productAddress);
    call.run(OneDnn.worker(), scratch);
  }
}
