package org.isonorm.network.kernel.vector;

import org.bytedeco.dnnl.memory;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.onednn.Reorder;

/**
 * Moves weights between DL4J's layout [out, in, 3, 3] and one matrix for each tap, a share of the
 * output channels at a time, by oneDNN on the calling thread alone.
 */
final class WinogradTaps {
  private final Reorder reorder;
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
    reorder =
        OneDnn.withOneThread(
            () ->
                toMatrices
                    ? new Reorder(resources, plain, matrices)
                    : new Reorder(resources, matrices, plain));
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
    return reorder.scratchBytes();
  }

  void run(long scratch, long plain, long matrices) {
    long plainAt = plain + plainOffset;
    long matricesAt = matrices + matricesOffset;
    reorder.run(scratch, toMatrices ? plainAt : matricesAt, toMatrices ? matricesAt : plainAt);
  }
}
