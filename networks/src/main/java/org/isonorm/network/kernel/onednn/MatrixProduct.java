package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/** A product of two matrices, or of several pairs, by oneDNN on the calling thread alone. */
public final class MatrixProduct {
  private final OneDnn.Call call;
  private final memory left;
  private final memory right;
  private final memory.desc rightDesc;
  private final memory bias;
  private final memory product;

  /** What follows the product. */
  public enum After {
    NOTHING,

    /** It is added to what is there. */
    SUM,

    /** Negative values become 0. */
    RELU
  }

  /**
   * Prepares the primitive.
   *
   * @param right its layout may be any, which leaves the choice to oneDNN: {@link #rightDesc}
   * @param bias of [1, columns], added to every row; null where there is none
   */
  public MatrixProduct(
      OneDnn.Resources resources,
      memory.desc left,
      memory.desc right,
      memory.desc bias,
      memory.desc product,
      After after) {
    resources.own(left);
    resources.own(right);
    resources.own(product);
    primitive_attr attributes = resources.own(OneDnn.attributes());
    if (after != After.NOTHING) {
      post_ops operations = resources.own(new post_ops());
      if (after == After.SUM) {
        operations.append_sum(1f, 0, memory.data_type.undef);
      } else {
        operations.append_eltwise(algorithm.eltwise_relu, 0f, 0f);
      }
      attributes.set_post_ops(operations);
    }
    matmul.primitive_desc desc =
        OneDnn.withOneThread(
            () ->
                resources.own(
                    bias == null
                        ? new matmul.primitive_desc(
                            OneDnn.ENGINE, left, right, product, attributes, false)
                        : new matmul.primitive_desc(
                            OneDnn.ENGINE,
                            left,
                            right,
                            resources.own(bias),
                            product,
                            attributes,
                            false)));
    call =
        OneDnn.withOneThread(
            () -> resources.call(resources.own(new matmul(desc)), desc.scratchpad_desc()));
    rightDesc = resources.own(desc.weights_desc());
    this.left = call.argument(DNNL_ARG_SRC, left);
    this.right = call.argument(DNNL_ARG_WEIGHTS, rightDesc);
    this.bias = bias == null ? null : call.argument(DNNL_ARG_BIAS, bias);
    this.product = call.argument(DNNL_ARG_DST, product);
  }

  /** The layout of the right matrix. */
  memory.desc rightDesc() {
    return rightDesc;
  }

  public long scratchBytes() {
    return OneDnn.Worker.align(call.scratchBytes());
  }

  /** Multiplies what lies at two addresses into a third. */
  public void run(long scratch, long leftAddress, long rightAddress, long productAddress) {
    OneDnn.aim(left, leftAddress);
    OneDnn.aim(right, rightAddress);
    OneDnn.aim(product, productAddress);
    call.run(OneDnn.worker(), scratch);
  }

  /** The same with a bias, if there is one. */
  public void run(long scratch, long leftAddress, long rightAddress, long biasAddress, long at) {
    if (bias != null) {
      OneDnn.aim(bias, biasAddress);
    }
    run(scratch, leftAddress, rightAddress, at);
  }
}
