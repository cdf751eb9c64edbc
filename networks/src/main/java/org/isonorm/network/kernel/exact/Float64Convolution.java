package org.isonorm.network.kernel.exact;

import java.lang.ref.Reference;
import java.nio.DoubleBuffer;
import org.isonorm.network.kernel.ConvolutionKernel;
import org.isonorm.network.kernel.ConvolutionShape;
import org.isonorm.network.kernel.HostMemory;
import org.isonorm.network.kernel.exact.Float64Product.Factor;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A convolution of one group in float64 as a product of matrices: every window of an image becomes
 * a row [kernelHeight · kernelWidth · in], as many lines of windows at a time as fit {@value
 * #CHUNK} elements. Images are shared among threads, in as many shares whatever their number.
 */
@SuppressWarnings("try") // A workspace is left by being open, not by being used.
final class Float64Convolution implements ConvolutionKernel {

  /** Elements of windows; eight times as many bytes fit a core's own cache. */
  private static final int CHUNK = 1 << 15;

  private final Float64Product product = Float64Product.fastest();
  private final ConvolutionShape shape;
  private final Shares images;
  private final int window;
  private final int linesAtATime;
  private final int outColumns;
  private final int windowColumns;

  Float64Convolution(ConvolutionShape shape) {
    this.shape = shape;
    this.images = new Shares(shape.batch(), Math.toIntExact(shape.inputLength() / shape.batch()));
    this.window = shape.kernelHeight() * shape.kernelWidth() * shape.in();
    this.linesAtATime =
        Math.max(1, Math.min(shape.outHeight(), CHUNK / (shape.outWidth() * window)));
    this.outColumns = Float64Product.padded(shape.out());
    this.windowColumns = Float64Product.padded(window);
  }

  @Override
  public void forward(INDArray input, INDArray weights, INDArray bias, INDArray output) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      HostElements x = HostElements.of(input);
      DoubleBuffer y = HostMemory.doubles(output);
      double[] filters = new double[window * outColumns];
      double[] values = values(weights);
      forEachTap((tap, out, weight) -> filters[tap * outColumns + out] = values[weight]);
      images.forEach(
          (first, count) -> {
            for (int image = (int) first; image < first + count; image++) {
              forward(images.read(x, image, 1), filters, y, image);
            }
          });
      if (shape.bias()) {
        rows(output).addiRowVector(bias);
      }
    }
    Reference.reachabilityFence(new INDArray[] {input, output});
  }

  private void forward(double[] picture, double[] filters, DoubleBuffer y, int image) {
    for (int line = 0; line < shape.outHeight(); line += linesAtATime) {
      int pixels = linesFrom(line) * shape.outWidth();
      double[] outputs = new double[pixels * outColumns];
      product.add(
          new Factor(windows(picture, line), 0, window, 1),
          filters,
          0,
          outputs,
          pixels,
          window,
          outColumns);
      int first = (image * shape.outHeight() + line) * shape.outWidth();
      for (int pixel = 0; pixel < pixels; pixel++) {
        y.put((first + pixel) * shape.out(), outputs, pixel * outColumns, shape.out());
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
      HostElements x = HostElements.of(input);
      DoubleBuffer dy = HostMemory.doubles(outputGradient);
      HostElements dx = inputGradient == null ? null : HostElements.of(inputGradient);
      double[] filters = new double[shape.out() * windowColumns];
      double[] values = values(weights);
      forEachTap((tap, out, weight) -> filters[out * windowColumns + tap] = values[weight]);
      double[] sums =
          images.sum(
              window * outColumns,
              (first, count, sum) -> {
                for (int image = (int) first; image < first + count; image++) {
                  double[] gradient = outputGradient(dy, image);
                  addWeightsGradient(images.read(x, image, 1), gradient, sum);
                  if (dx != null) {
                    images.write(dx, image, inputGradient(gradient, filters));
                  }
                }
              });
      forEachTap((tap, out, weight) -> values[weight] = sums[tap * outColumns + out]);
      if (weightsGradient != null) {
        weightsGradient.assign(Nd4j.createFromArray(values).reshape('c', weightsGradient.shape()));
      }
      if (biasGradient != null) {
        biasGradient.assign(rows(outputGradient).sum(0));
      }
    }
    Reference.reachabilityFence(new INDArray[] {input, outputGradient, inputGradient});
  }

  private void addWeightsGradient(double[] picture, double[] gradient, double[] sum) {
    for (int line = 0; line < shape.outHeight(); line += linesAtATime) {
      product.add(
          new Factor(windows(picture, line), 0, 1, window),
          gradient,
          line * shape.outWidth() * outColumns,
          sum,
          window,
          linesFrom(line) * shape.outWidth(),
          outColumns);
    }
  }

  private double[] inputGradient(double[] gradient, double[] filters) {
    double[] picture = new double[images.columns()];
    for (int line = 0; line < shape.outHeight(); line += linesAtATime) {
      int pixels = linesFrom(line) * shape.outWidth();
      double[] windows = new double[pixels * windowColumns];
      product.add(
          new Factor(gradient, line * shape.outWidth() * outColumns, outColumns, 1),
          filters,
          0,
          windows,
          pixels,
          shape.out(),
          windowColumns);
      forEachWindowRow(
          line,
          (window, pixel) -> {
            int from = window / this.window * windowColumns + window % this.window;
            for (int c = 0; c < shape.in(); c++) {
              picture[pixel + c] += windows[from + c];
            }
          });
    }
    return picture;
  }

  /** The windows of the lines from one on, a row each; 0 beside the image. */
  private double[] windows(double[] picture, int line) {
    double[] windows = new double[linesFrom(line) * shape.outWidth() * window];
    forEachWindowRow(
        line, (window, pixel) -> System.arraycopy(picture, pixel, windows, window, shape.in()));
    return windows;
  }

  /** An image's gradient as [pixels, outColumns]. */
  private double[] outputGradient(DoubleBuffer dy, int image) {
    int pixels = shape.outHeight() * shape.outWidth();
    double[] gradient = new double[pixels * outColumns];
    for (int pixel = 0; pixel < pixels; pixel++) {
      dy.get((image * pixels + pixel) * shape.out(), gradient, pixel * outColumns, shape.out());
    }
    return gradient;
  }

  /** One tap of one window: where its channels start in the windows, and in the image. */
  private interface WindowRow {
    void at(int window, int pixel);
  }

  /** All taps within the image, of the windows of the lines from one on. */
  private void forEachWindowRow(int line, WindowRow row) {
    int to = 0;
    for (int outLine = line; outLine < line + linesFrom(line); outLine++) {
      for (int column = 0; column < shape.outWidth(); column++) {
        for (int i = 0; i < shape.kernelHeight(); i++) {
          int h =
              outLine * shape.strideHeight() - shape.paddingHeight() + i * shape.dilationHeight();
          for (int j = 0; j < shape.kernelWidth(); j++, to += shape.in()) {
            int w = column * shape.strideWidth() - shape.paddingWidth() + j * shape.dilationWidth();
            if (h >= 0 && h < shape.inHeight() && w >= 0 && w < shape.inWidth()) {
              row.at(to, (h * shape.inWidth() + w) * shape.in());
            }
          }
        }
      }
    }
  }

  private int linesFrom(int line) {
    return Math.min(linesAtATime, shape.outHeight() - line);
  }

  /**
   * One weight: its place in a window, its filter, and its place among [out, in, height, width].
   */
  private interface Tap {
    void at(int tap, int out, int weight);
  }

  private void forEachTap(Tap tap) {
    int taps = shape.kernelHeight() * shape.kernelWidth();
    for (int out = 0; out < shape.out(); out++) {
      for (int in = 0; in < shape.in(); in++) {
        for (int i = 0; i < taps; i++) {
          tap.at(i * shape.in() + in, out, (out * shape.in() + in) * taps + i);
        }
      }
    }
  }

  private static double[] values(INDArray weights) {
    return weights.dup('c').data().asDouble();
  }

  private INDArray rows(INDArray outputs) {
    return outputs.reshape('c', outputs.length() / shape.out(), shape.out());
  }
}
