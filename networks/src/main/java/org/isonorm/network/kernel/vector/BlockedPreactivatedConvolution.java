package org.isonorm.network.kernel.vector;

import static org.isonorm.network.kernel.vector.FloatLanes.STEP;
import static org.isonorm.network.kernel.vector.FloatLanes.get;
import static org.isonorm.network.kernel.vector.FloatLanes.put;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.bytedeco.dnnl.memory;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.PreactivatedConvolutionKernel;
import org.isonorm.network.kernel.PreactivatedConvolutionShape;
import org.isonorm.network.kernel.onednn.MatrixProduct;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.isonorm.network.kernel.onednn.Reorder;
import org.isonorm.network.kernel.onednn.SharedWork;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A pre-activated 1×1 convolution as a product of matrices. Each thread gathers some pixels of all
 * inputs side by side, scaled, shifted and rectified by Java's vector instructions, and multiplies
 * them by the weights while they are in the processor's caches, so that memory holds neither
 * concatenated nor normalized channels.
 */
public final class BlockedPreactivatedConvolution implements PreactivatedConvolutionKernel {
  /**
   * Pixels of a block: enough for a matrix product to run at the processor's speed. The last block
   * has as many, some of them of no use: a product of other pixels may add in another order (oneDNN
   * on AVX2), and an image's values would depend on how many images are with it.
   */
  private static final int BLOCK = 128;

  private final PreactivatedConvolutionShape shape;
  private final int threads;
  private final OneDnn.Resources resources = new OneDnn.Resources();

  /** Channels from a gathered pixel to the next. */
  private final int columns;

  private final int pixels;
  private final int blocks;

  /** One a thread. */
  private final List<MatrixProduct> products = new ArrayList<>();

  private final Reorder toMatrix;
  private final long matrixBytes;
  private final long rowsBytes;
  private final long productBytes;
  private final long shareBytes;

  /**
   * Prepares the primitives.
   *
   * @param threads how many share the work
   */
  public BlockedPreactivatedConvolution(PreactivatedConvolutionShape shape, int threads) {
    this.shape = shape;
    this.threads = threads;
    // A register that begins with the last channel ends before the next pixel.
    long reach = (shape.in() + FloatLanes.SPECIES.length() - 1L) * Float.BYTES;
    columns = (int) (OneDnn.Worker.align(reach) / Float.BYTES);
    pixels = Math.toIntExact(shape.inputs().rows());
    blocks = (pixels + BLOCK - 1) / BLOCK;
    for (int i = 0; i < threads; i++) {
      products.add(product());
    }
    long[] transposed = {shape.in(), shape.out()};
    toMatrix =
        new Reorder(
            resources,
            OneDnn.strided(transposed, new long[] {1, shape.in()}),
            OneDnn.desc(memory.format_tag.ab, transposed));
    matrixBytes = OneDnn.Worker.align(shape.weightsLength() * Float.BYTES);
    rowsBytes = OneDnn.Worker.align((long) BLOCK * columns * Float.BYTES);
    productBytes = OneDnn.Worker.align((long) BLOCK * shape.out() * Float.BYTES);
    shareBytes = rowsBytes + productBytes + products.get(0).scratchBytes();
  }

  /** Whether the arrays are short enough to be addressed by this. */
  public static boolean supports(PreactivatedConvolutionShape shape) {
    int widest = shape.inputs().channels().stream().mapToInt(Integer::intValue).max().orElseThrow();
    return shape.inputs().rows() * Math.max(widest, shape.out()) * Float.BYTES < Integer.MAX_VALUE;
  }

  private MatrixProduct product() {
    return new MatrixProduct(
        resources,
        OneDnn.strided(new long[] {BLOCK, shape.in()}, new long[] {columns, 1}),
        OneDnn.desc(memory.format_tag.ab, shape.in(), shape.out()),
        shape.bias() ? OneDnn.desc(memory.format_tag.ab, 1, shape.out()) : null,
        OneDnn.desc(memory.format_tag.ab, BLOCK, shape.out()),
        shape.relu() ? MatrixProduct.After.RELU : MatrixProduct.After.NOTHING);
  }

  @Override
  public void forward(
      INDArray[] inputs,
      INDArray scale,
      INDArray shift,
      INDArray weights,
      INDArray bias,
      INDArray output) {
    try {
      ByteBuffer[] sources = new ByteBuffer[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        long length = shape.inputs().inputLength(i);
        sources[i] = HostMemory.bytes(HostMemory.address(inputs[i], length), length * Float.BYTES);
      }
      run(
          sources,
          padded(scale),
          padded(shift),
          HostMemory.address(weights, shape.weightsLength()),
          shape.bias() ? HostMemory.address(bias, shape.out()) : 0,
          HostMemory.address(output, shape.outputLength()));
    } finally {
      Reference.reachabilityFence(inputs);
      Reference.reachabilityFence(new INDArray[] {weights, bias, output});
    }
  }

  /** The values of all channels, with zeros behind that a register may reach. */
  private float[] padded(INDArray vector) {
    float[] values = new float[columns];
    HostMemory.buffer(vector, shape.in()).get(values, 0, shape.in());
    Reference.reachabilityFence(vector);
    return values;
  }

  private void run(
      ByteBuffer[] sources, float[] scale, float[] shift, long weights, long bias, long output) {
    long rest = Math.max(toMatrix.scratchBytes(), threads * shareBytes);
    long matrix = OneDnn.worker().scratch(matrixBytes + rest);
    long scratch = matrix + matrixBytes;
    toMatrix.run(scratch, weights, matrix);
    int outPixel = shape.out() * Float.BYTES;
    SharedWork.run(
        threads,
        share -> {
          long own = scratch + share.index() * shareBytes;
          ByteBuffer gathered = HostMemory.bytes(own, rowsBytes);
          long ownProduct = own + rowsBytes;
          MatrixProduct product = products.get(share.index());
          for (int b = share.from(blocks); b < share.to(blocks); b++) {
            int first = b * BLOCK;
            int rows = Math.min(BLOCK, pixels - first);
            gather(sources, scale, shift, first, rows, gathered);
            long at = output + (long) first * outPixel;
            product.run(
                ownProduct + productBytes, own, matrix, bias, rows == BLOCK ? at : ownProduct);
            if (rows < BLOCK) {
              long bytes = (long) rows * outPixel;
              HostMemory.bytes(at, bytes).put(HostMemory.bytes(ownProduct, bytes));
            }
          }
        });
  }

  /** Writes some pixels' channels of all inputs, scaled, shifted and rectified. */
  private void gather(
      ByteBuffer[] sources, float[] scale, float[] shift, int first, int rows, ByteBuffer target) {
    int lanes = FloatLanes.SPECIES.length();
    int channel = 0;
    for (int i = 0; i < sources.length; i++) {
      int channels = shape.inputs().channels().get(i);
      int pixel = channels * Float.BYTES;
      for (int c = 0; c < channels; c += lanes) {
        FloatVector factor = FloatVector.fromArray(FloatLanes.SPECIES, scale, channel + c);
        FloatVector offset = FloatVector.fromArray(FloatLanes.SPECIES, shift, channel + c);
        int at = first * pixel + c * Float.BYTES;
        int to = (channel + c) * Float.BYTES;
        // What a register holds beyond the input's channels is written over by the next input.
        int whole = Math.min(rows, registers(sources[i].capacity() - at, pixel));
        rectify(sources[i], at, pixel, factor, offset, target, to, whole);
        VectorMask<Float> inside = FloatLanes.SPECIES.indexInRange(c, channels);
        for (int row = whole; row < rows; row++) {
          FloatVector value = get(sources[i], at + row * pixel, inside);
          put(value.fma(factor, offset).max(0f), target, to + row * columns * Float.BYTES);
        }
      }
      channel += channels;
    }
  }

  /** How many whole registers can be read from so many bytes, one at every pixel. */
  private static int registers(int bytes, int pixel) {
    return bytes < STEP ? 0 : (bytes - STEP) / pixel + 1;
  }

  private void rectify(
      ByteBuffer source,
      int at,
      int pixel,
      FloatVector factor,
      FloatVector offset,
      ByteBuffer target,
      int to,
      int rows) {
    int row = columns * Float.BYTES;
    for (int i = 0; i < rows; i++) {
      put(get(source, at + i * pixel).fma(factor, offset).max(0f), target, to + i * row);
    }
  }

  @Override
  public void close() {
    resources.close();
  }
}
