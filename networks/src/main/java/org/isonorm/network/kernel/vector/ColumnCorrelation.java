package org.isonorm.network.kernel.vector;

import java.nio.ByteBuffer;
import org.bytedeco.dnnl.memory;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.onednn.BlockProducts;
import org.isonorm.network.kernel.onednn.MatrixProduct;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.onednn.Reorder;
import org.isonorm.network.kernel.onednn.SharedWork;

/**
 * A correlation as a product of {@link Columns} and weights, written where it belongs. Each thread
 * multiplies its rows block by block, so that a block of columns stays in the processor's caches.
 */
final class ColumnCorrelation implements CorrelationPass {
  /** Rows of a block: enough for a matrix product to run at the processor's speed. */
  private static final int BLOCK = 256;

  private static final int TAPS = 9;

  /**
   * Output channels side by side in the weights as the product wants them: [out / 32, taps, in / 2,
   * 32, 2], which is also a layout of [out, in, 3, 3].
   */
  static final int CHANNELS = 32;

  private final Correlation geometry;
  private final boolean turned;
  private final int threads;
  private final int columns;
  private final BlockProducts products;
  private final Reorder toMatrix;
  private final long matrixBytes;
  private final long columnsBytes;
  private final long scratchBytes;

  /**
   * Prepares the primitives.
   *
   * @param turned whether the weights are [in, out, 3, 3] with the taps turned round, else [out,
   *     in, 3, 3]
   * @param relu whether max(0, ·) follows
   */
  ColumnCorrelation(
      OneDnn.Resources resources,
      Correlation geometry,
      boolean turned,
      boolean bias,
      boolean relu,
      int threads) {
    this.geometry = geometry;
    this.turned = turned;
    this.threads = threads;
    columns = Columns.count(geometry);
    MatrixProduct.After after = relu ? MatrixProduct.After.RELU : MatrixProduct.After.NOTHING;
    products =
        new BlockProducts(
            geometry.outPixels(), BLOCK, threads, rows -> product(resources, rows, bias, after));
    int in = geometry.in();
    int out = geometry.out();
    long[] shape = turned ? new long[] {in, out, 3, 3} : new long[] {out, in, 3, 3};
    toMatrix =
        new Reorder(
            resources,
            OneDnn.desc(memory.format_tag.abcd, shape),
            OneDnn.desc(
                Precision.BFLOAT16,
                turned ? memory.format_tag.BcdA16a32b2a : memory.format_tag.AcdB16b32a2b,
                shape));
    matrixBytes = OneDnn.Worker.align(geometry.weights() * Short.BYTES);
    columnsBytes = OneDnn.Worker.align((long) products.block() * columns * Short.BYTES);
    scratchBytes = products.scratchBytes();
  }

  private MatrixProduct product(
      OneDnn.Resources resources, int rows, boolean bias, MatrixProduct.After after) {
    int out = geometry.out();
    return new MatrixProduct(
        resources,
        OneDnn.desc(Precision.BFLOAT16, memory.format_tag.ab, rows, columns),
        OneDnn.desc(Precision.BFLOAT16, memory.format_tag.BA16a32b2a, columns, out),
        bias ? OneDnn.desc(memory.format_tag.ab, 1, out) : null,
        OneDnn.desc(Precision.BFLOAT16, memory.format_tag.ab, rows, out),
        after);
  }

  @Override
  public void run(long input, long plainWeights, long bias, long output) {
    long shareBytes = columnsBytes + scratchBytes;
    long prepared = (turned ? 2 : 1) * matrixBytes;
    long weights =
        OneDnn.worker().scratch(prepared + Math.max(toMatrix.scratchBytes(), threads * shareBytes));
    long rest = weights + prepared;
    prepare(plainWeights, weights, rest);
    int outPixel = geometry.out() * Short.BYTES;
    SharedWork.run(
        threads,
        share -> {
          long own = rest + share.index() * shareBytes;
          Columns images = new Columns(geometry, input);
          ByteBuffer target = HostMemory.bytes(own, columnsBytes);
          for (int b = share.from(products.count()); b < share.to(products.count()); b++) {
            images.copy(products.first(b), products.rows(b), 0, columns, target);
            MatrixProduct product = products.product(b, share.index());
            long at = output + (long) products.first(b) * outPixel;
            product.run(own + columnsBytes, own, weights, bias, at);
          }
        });
  }

  /** Brings the weights into the product's layout. */
  private void prepare(long plainWeights, long weights, long scratch) {
    if (!turned) {
      toMatrix.run(scratch, plainWeights, weights);
      return;
    }
    toMatrix.run(scratch, plainWeights, weights + matrixBytes);
    ByteBuffer from = HostMemory.bytes(weights + matrixBytes, matrixBytes);
    ByteBuffer to = HostMemory.bytes(weights, matrixBytes);
    int tap = geometry.in() * CHANNELS * Short.BYTES;
    for (int channels = 0; channels < geometry.out() / CHANNELS; channels++) {
      int at = channels * TAPS * tap;
      for (int i = 0; i < TAPS; i++) {
        to.put(at + (TAPS - 1 - i) * tap, from, at + i * tap, tap);
      }
    }
  }
}
