package org.isonorm.network.kernel;

import java.lang.ref.Reference;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A convolution of one group in float64 as a product of matrices: every window of the images
 * becomes a row [kernelHeight · kernelWidth · in], as many images at a time as fit {@value #CHUNK}
 * elements.
 */
@SuppressWarnings("try") // A workspace is left by being open, not by being used.
final class Float64Convolution implements ConvolutionKernel {

  /** Elements of a matrix of windows; eight times as many bytes fit the last-level cache. */
  private static final int CHUNK = 1 << 21;

  private final ConvolutionShape shape;
  private final Scratch scratch;
  private final int windows;
  private final int window;
  private final int imagesAtATime;

  /** The matrix of windows, which the convolutions of a network use one after the other. */
  static final class Scratch {
    private INDArray array = Nd4j.createUninitializedDetached(DataType.DOUBLE, 1);

    /** A matrix [rows, columns] in C order, with anything in it. */
    INDArray matrix(int rows, int columns) {
      long length = (long) rows * columns;
      if (array.length() < length) {
        array = Nd4j.createUninitializedDetached(DataType.DOUBLE, length);
      }
      return Nd4j.create(array.data(), new long[] {rows, columns}, new long[] {columns, 1}, 0, 'c');
    }
  }

  Float64Convolution(ConvolutionShape shape, Scratch scratch) {
    this.shape = shape;
    this.scratch = scratch;
    this.windows = shape.outHeight() * shape.outWidth();
    this.window = shape.kernelHeight() * shape.kernelWidth() * shape.in();
    this.imagesAtATime =
        (int) Math.max(1, Math.min(shape.batch(), CHUNK / ((long) windows * window)));
  }

  @Override
  public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray filters = filters(weights);
      INDArray y = output.reshape('c', shape.batch() * windows, shape.out());
      forEachChunk(
          (first, count) -> {
            INDArray rows = gather(input, first, count);
            multiply(rows, false, filters, true, rows(y, first, count), 0);
          });
      if (shape.bias()) {
        y.addiRowVector(bias);
      }
    }
  }

  @Override
  public void backward(
      INDArray input,
      INDArray weights,
      INDArray outputGradient,
      INDArray inputGradient,
      INDArray weightsGradient,
      INDArray biasGradient) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray filters = filters(weights);
      INDArray filtersGradient = filters.ulike();
      INDArray dy = outputGradient.reshape('c', shape.batch() * windows, shape.out());
      if (inputGradient != null) {
        inputGradient.assign(0);
      }
      forEachChunk(
          (first, count) -> {
            INDArray chunk = rows(dy, first, count);
            INDArray rows = gather(input, first, count);
            multiply(chunk, true, rows, false, filtersGradient, first == 0 ? 0 : 1);
            if (inputGradient != null) {
              // The windows are not needed any more: their gradient may take their place.
              multiply(chunk, false, filters, false, rows, 0);
              scatter(rows, inputGradient, first, count);
            }
          });
      weightsGradient.assign(
          filtersGradient
              .reshape('c', shape.out(), shape.kernelHeight(), shape.kernelWidth(), shape.in())
              .permute(0, 3, 1, 2));
      if (shape.bias()) {
        biasGradient.assign(dy.sum(0));
      }
    }
  }

  /** The weights as [out, kernelHeight · kernelWidth · in]. */
  private INDArray filters(INDArray weights) {
    return weights.permute(0, 2, 3, 1).dup('c').reshape('c', shape.out(), window);
  }

  private INDArray rows(INDArray matrix, int firstImage, int images) {
    long columns = matrix.size(1);
    return Nd4j.create(
        matrix.data(),
        new long[] {(long) images * windows, columns},
        new long[] {columns, 1},
        matrix.offset() + (long) firstImage * windows * columns,
        'c');
  }

  /** c = a b + beta c, all in C order: to BLAS, whose order is the other one, cᵀ = bᵀ aᵀ. */
  private static void multiply(
      INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray c, double beta) {
    Nd4j.gemm(b.transpose(), a.transpose(), c.transpose(), transposeB, transposeA, 1, beta);
  }

  private interface Chunk {
    void of(int firstImage, int images);
  }

  private void forEachChunk(Chunk chunk) {
    int batch = (int) shape.batch();
    for (int first = 0; first < batch; first += imagesAtATime) {
      chunk.of(first, Math.min(imagesAtATime, batch - first));
    }
  }

  /** The windows of some images, a row each. */
  private INDArray gather(INDArray input, int firstImage, int images) {
    INDArray rows = scratch.matrix(images * windows, window);
    DoubleBuffer x = HostMemory.doubles(input);
    DoubleBuffer matrix = HostMemory.doubles(rows);
    forEachRow(
        images,
        (image, row) -> {
          double[] values = new double[window];
          int height = row * shape.strideHeight() - shape.paddingHeight();
          double[][] lines = new double[shape.kernelHeight()][];
          for (int i = 0; i < lines.length; i++) {
            int h = height + i * shape.dilationHeight();
            if (h >= 0 && h < shape.inHeight()) {
              lines[i] = new double[shape.inWidth() * shape.in()];
              x.get(line(firstImage + image, h), lines[i]);
            }
          }
          for (int column = 0; column < shape.outWidth(); column++) {
            int width = column * shape.strideWidth() - shape.paddingWidth();
            int to = 0;
            for (double[] from : lines) {
              for (int j = 0; j < shape.kernelWidth(); j++, to += shape.in()) {
                int w = width + j * shape.dilationWidth();
                if (from != null && w >= 0 && w < shape.inWidth()) {
                  System.arraycopy(from, w * shape.in(), values, to, shape.in());
                } else {
                  Arrays.fill(values, to, to + shape.in(), 0);
                }
              }
            }
            matrix.put(position(image, row, column) * window, values);
          }
        });
    Reference.reachabilityFence(input);
    return rows;
  }

  /** Adds the gradient of every window to the pixels it was taken from. */
  private void scatter(INDArray rows, INDArray inputGradient, int firstImage, int images) {
    DoubleBuffer matrix = HostMemory.doubles(rows);
    DoubleBuffer dx = HostMemory.doubles(inputGradient);
    IntStream.range(0, images)
        .parallel()
        .forEach(
            image -> {
              double[] values = new double[window];
              double[] pixels = new double[shape.inHeight() * shape.inWidth() * shape.in()];
              for (int row = 0; row < shape.outHeight(); row++) {
                for (int column = 0; column < shape.outWidth(); column++) {
                  matrix.get(position(image, row, column) * window, values);
                  add(values, row, column, pixels);
                }
              }
              dx.put(line(firstImage + image, 0), pixels);
            });
    Reference.reachabilityFence(new INDArray[] {rows, inputGradient});
  }

  private void add(double[] values, int row, int column, double[] pixels) {
    int from = 0;
    for (int i = 0; i < shape.kernelHeight(); i++) {
      int h = row * shape.strideHeight() - shape.paddingHeight() + i * shape.dilationHeight();
      for (int j = 0; j < shape.kernelWidth(); j++, from += shape.in()) {
        int w = column * shape.strideWidth() - shape.paddingWidth() + j * shape.dilationWidth();
        if (h >= 0 && h < shape.inHeight() && w >= 0 && w < shape.inWidth()) {
          int to = (h * shape.inWidth() + w) * shape.in();
          for (int c = 0; c < shape.in(); c++) {
            pixels[to + c] += values[from + c];
          }
        }
      }
    }
  }

  private interface Row {
    void of(int image, int row);
  }

  private void forEachRow(int images, Row row) {
    IntStream.range(0, images * shape.outHeight())
        .parallel()
        .forEach(i -> row.of(i / shape.outHeight(), i % shape.outHeight()));
  }

  private int position(int image, int row, int column) {
    return (image * shape.outHeight() + row) * shape.outWidth() + column;
  }

  /** Where a line of an image starts. */
  private int line(int image, int height) {
    return Math.toIntExact(
        ((long) image * shape.inHeight() + height) * shape.inWidth() * shape.in());
  }
}
