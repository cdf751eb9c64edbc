package org.isonorm.network.kernel.exact;

import java.lang.ref.Reference;
import org.isonorm.network.kernel.PoolingKernel;
import org.isonorm.network.kernel.PoolingShape;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Maxima of windows, with the tangents of the elements that are the maxima. */
final class TangentMaximum implements PoolingKernel {
  private final PoolingShape shape;
  private final long values;
  private final Shares images;

  /** Of every output, where in its image the maximum is, the first of equals. */
  private int[] places;

  /**
   * A pooling.
   *
   * @param shape of values and tangents together
   */
  TangentMaximum(PoolingShape shape) {
    this.shape = shape;
    this.values = shape.batch() / 2;
    this.images = new Shares(values, Math.toIntExact(shape.inputLength() / shape.batch()));
  }

  @Override
  public void forwardTraining(INDArray input, INDArray output) {
    int length = outputs().columns();
    places = new int[Math.toIntExact(values * length)];
    HostElements x = HostElements.of(input);
    HostElements y = HostElements.of(output);
    images.forEach(
        (first, count) -> {
          for (long image = first; image < first + count; image++) {
            double[] pixels = images.read(x, image, 1);
            double[] tangents = images.read(x, values + image, 1);
            double[] maxima = new double[length];
            double[] ofMaxima = new double[length];
            for (int i = 0; i < length; i++) {
              int place = place(pixels, i);
              places[Math.toIntExact(image * length + i)] = place;
              maxima[i] = pixels[place];
              ofMaxima[i] = tangents[place];
            }
            outputs().write(y, image, maxima);
            outputs().write(y, values + image, ofMaxima);
          }
        });
    Reference.reachabilityFence(new INDArray[] {input, output});
  }

  private Shares outputs() {
    return new Shares(values, Math.toIntExact(shape.outputLength() / shape.batch()));
  }

  /** Where the maximum of an output's window is. */
  private int place(double[] pixels, int output) {
    int c = output % shape.channels();
    int column = output / shape.channels() % shape.outWidth();
    int row = output / shape.channels() / shape.outWidth();
    int best = -1;
    for (int i = 0; i < shape.windowHeight(); i++) {
      for (int j = 0; j < shape.windowWidth(); j++) {
        int h = row * shape.strideHeight() + i - shape.paddingHeight();
        int w = column * shape.strideWidth() + j - shape.paddingWidth();
        if (h < 0 || h >= shape.inHeight() || w < 0 || w >= shape.inWidth()) {
          continue;
        }
        int place = (h * shape.inWidth() + w) * shape.channels() + c;
        if (best < 0 || pixels[place] > pixels[best]) {
          best = place;
        }
      }
    }
    return best;
  }

  @Override
  public void backward(INDArray input, INDArray outputGradient, INDArray inputGradient) {
    if (places == null) {
      throw new IllegalStateException(
          "Cannot run backward: no training forward pass came before it");
    }
    int length = outputs().columns();
    HostElements dy = HostElements.of(outputGradient);
    HostElements dx = HostElements.of(inputGradient);
    images.forEach(
        (first, count) -> {
          for (long image = first; image < first + count; image++) {
            for (long half = 0; half <= values; half += values) {
              double[] gradient = outputs().read(dy, half + image, 1);
              double[] pixels = new double[images.columns()];
              for (int i = 0; i < length; i++) {
                pixels[places[Math.toIntExact(image * length + i)]] += gradient[i];
              }
              images.write(dx, half + image, pixels);
            }
          }
        });
    Reference.reachabilityFence(new INDArray[] {outputGradient, inputGradient});
  }

  @Override
  public void forwardInference(INDArray input, INDArray output) {
    throw new UnsupportedOperationException("Unsupported: inference with tangents");
  }
}
