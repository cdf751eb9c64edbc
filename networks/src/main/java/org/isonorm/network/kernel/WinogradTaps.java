package org.isonorm.network.kernel;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;

/**
 * Moves weights between DL4J's layout [out, in, 3, 3] and one matrix for each tap, a share of the
 * output channels at a time, by oneDNN on the calling thread alone.
 */
final class WinogradTaps {
  private final OneDnn.Call call;
  private final memory from;
  private final memory to;
  private final long plainOffset;
  private final long matricesOffset;
  private final boolean toMatrices;

  private WinogradTaps(
      OneDnn.Resources resources,
      memory.desc plain,
      memory.desc matrices,
      long plainOffset,
      long matricesOffset,
      boolean toMatrices) {
    this.plainOffset = plainOffset;
    this.matricesOffset = matricesOffset;
    this.toMatrices = toMatrices;
    resources.own(plain);
    resources.own(matrices);
    memory.desc source = toMatrices ? plain : matrices;
    memory.desc target = toMatrices ? matrices : plain;
    call =
        OneDnn.withOneThread(
            () -> {
              reorder.primitive_desc desc =
                  resources.own(
                      new reorder.primitive_desc(
                          OneDnn.ENGINE,
                          source,
                          OneDnn.ENGINE,
                          target,
                          resources.own(OneDnn.attributes()),
                          false));
              return resources.call(resources.own(new reorder(desc)), desc.scratchpad_desc());
            });
    from = call.argument(DNNL_ARG_FROM, source);
    to = call.argument(DNNL_ARG_TO, target);
  }

  /**
   * For output channels [first, end) of weights [out, in, 3, 3].
   *
   * @param outFirst whether the matrices are [out, in], else [in, out]
   * @param toMatrices the direction
   */
  static WinogradTaps of(
      OneDnn.Resources resources,
      int out,
      int in,
      int first,
      int end,
      boolean outFirst,
      boolean toMatrices) {
    long matrix = (long) out * in;
    long[] part = {end - first, in, 3, 3};
    long outStride = outFirst ? in : 1;
    return new WinogradTaps(
        resources,
        OneDnn.strided(part, new long[] {9L * in, 9, 3, 1}),
        OneDnn.strided(part, new long[] {outStride, outFirst ? 1 : out, 3 * matrix, matrix}),
        9L * in * first * Float.BYTES,
        outStride * first * Float.BYTES,
        toMatrices);
  }

  long scratchBytes() {
    return OneDnn.Worker.align(call.scratchBytes());
  }

  void run(long scratch, long plain, long matrices) {
    OneDnn.aim(toMatrices ? from : to, plain + plainOffset);
    OneDnn.aim(toMatrices ? to : from, matrices + matricesOffset);
    call.run(OneDnn.worker(), scratch);
  }
}
