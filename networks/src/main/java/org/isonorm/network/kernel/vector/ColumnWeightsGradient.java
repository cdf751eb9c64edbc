package org.isonorm.network.kernel.vector;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reduction;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.Precision;
import org.isonorm.network.kernel.onednn.MatrixProduct;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.onednn.Reorder;
import org.isonorm.network.kernel.onednn.SharedWork;

/**
 * The gradients of a convolution's weights and bias as a product of the transposed {@link Columns}
 * and the output's gradient. Each thread computes those of some columns, so that every sum has one
 * order.
 */
final class ColumnWeightsGradient implements WeightsGradientPass {
  /** Rows of a block, whose product is added to what the blocks before came to. */
  private static final int BLOCK = 1024;

  private final Correlation geometry;
  private final int threads;
  private final int columns;
  private final int block;
  private final int blocks;
  private final List<MatrixProduct> first = new ArrayList<>();
  private final List<MatrixProduct> next = new ArrayList<>();
  private final List<MatrixProduct> last = new ArrayList<>();
  private final Reorder toPlain;
  private final BiasGradient biasGradient;
  private final long sumsBytes;
  private final long columnsBytes;
  private final long scratchBytes;

  ColumnWeightsGradient(
      OneDnn.Resources resources, Correlation geometry, boolean bias, int threads) {
    this.geometry = geometry;
    this.threads = threads;
    columns = Columns.count(geometry);
    int rows = geometry.outPixels();
    blocks = (rows + BLOCK - 1) / BLOCK;
    block = (rows + blocks - 1) / blocks;
    long scratch = 0;
    int most = 0;
    for (int i = 0; i < threads; i++) {
      int own = columns * (i + 1) / threads - columns * i / threads;
      most = Math.max(most, own);
      first.add(product(resources, own, block, false));
      next.add(product(resources, own, block, true));
      last.add(product(resources, own, rows - (blocks - 1) * block, blocks > 1));
      for (List<MatrixProduct> products : List.of(first, next, last)) {
        scratch = Math.max(scratch, products.get(i).scratchBytes());
      }
    }
    int in = geometry.in();
    int out = geometry.out();
    long matrix = (long) in * out;
    long[] shape = {out, in, 3, 3};
    toPlain =
        new Reorder(
            resources,
            OneDnn.strided(shape, new long[] {1, out, 3 * matrix, matrix}),
            OneDnn.desc(memory.format_tag.abcd, shape));
    biasGradient = bias ? new BiasGradient(resources) : null;
    sumsBytes = OneDnn.Worker.align(geometry.weights() * Float.BYTES);
    columnsBytes = OneDnn.Worker.align((long) block * most * Short.BYTES);
    scratchBytes = scratch;
  }

  private MatrixProduct product(OneDnn.Resources resources, int own, int rows, boolean sum) {
    return new MatrixProduct(
        resources,
        new memory.desc(new long[] {own, rows}, memory.data_type.bf16, new long[] {1, own}),
        OneDnn.desc(Precision.BFLOAT16, memory.format_tag.ab, rows, geometry.out()),
        null,
        OneDnn.desc(memory.format_tag.ab, own, geometry.out()),
        sum ? MatrixProduct.After.SUM : MatrixProduct.After.NOTHING);
  }

  @Override
  public void run(long input, long outputGradient, long weightsGradient, long biasAddress) {
    long shareBytes = columnsBytes + scratchBytes;
    long restBytes = Math.max(threads * shareBytes, toPlain.scratchBytes());
    if (biasGradient != null) {
      restBytes = Math.max(restBytes, biasGradient.call.scratchBytes());
    }
    long sums = OneDnn.worker().scratch(sumsBytes + restBytes);
    long rest = sums + sumsBytes;
    int outPixel = geometry.out() * Short.BYTES;
    SharedWork.run(
        threads,
        share -> {
          long own = rest + share.index() * shareBytes;
          Columns images = new Columns(geometry, input);
          ByteBuffer target = HostMemory.bytes(own, columnsBytes);
          int from = share.from(columns);
          long sum = sums + (long) from * geometry.out() * Float.BYTES;
          for (int b = 0; b < blocks; b++) {
            int row = b * block;
            int rows = Math.min(block, geometry.outPixels() - row);
            images.copy(row, rows, from, share.to(columns), target);
            List<MatrixProduct> products = b == blocks - 1 ? last : b == 0 ? first : next;
            long gradients = outputGradient + (long) row * outPixel;
            products.get(share.index()).run(own + columnsBytes, own, gradients, sum);
          }
        });
    toPlain.run(rest, sums, weightsGradient);
    if (biasGradient != null) {
      biasGradient.run(rest, outputGradient, biasAddress);
    }
  }

  /** The sum of the output's gradient over all pixels. */
  private final class BiasGradient {
    private final OneDnn.Call call;
    private final memory gradients;
    private final memory sum;

    BiasGradient(OneDnn.Resources resources) {
      memory.desc from =
          resources.own(
              OneDnn.desc(
                  Precision.BFLOAT16, memory.format_tag.ab, geometry.outPixels(), geometry.out()));
      memory.desc to = resources.own(OneDnn.desc(memory.format_tag.ab, 1, geometry.out()));
      reduction.primitive_desc desc =
          resources.own(
              new reduction.primitive_desc(
                  OneDnn.ENGINE,
                  algorithm.reduction_sum,
                  from,
                  to,
                  0f,
                  0f,
                  resources.own(OneDnn.attributes()),
                  false));
      call = resources.call(resources.own(new reduction(desc)), desc.scratchpad_desc());
      gradients = call.argument(DNNL_ARG_SRC, from);
      sum = call.argument(DNNL_ARG_DST, to);
    }

    void run(long scratch, long outputGradient, long target) {
      OneDnn.aim(gradients, outputGradient);
      OneDnn.aim(sum, target);
      call.run(OneDnn.worker(), scratch);
    }
  }
}
