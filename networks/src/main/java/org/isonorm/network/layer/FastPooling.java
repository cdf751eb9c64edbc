package org.isonorm.network.layer;

import java.util.Collection;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.isonorm.network.kernel.PoolingShape;
import org.isonorm.network.kernel.SamePadding;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of a maximum or average over windows of NHWC activations. What lies outside the
 * image takes no part in a maximum and is not counted by an average.
 */
public class FastPooling extends SubsamplingLayer {

  private static final long serialVersionUID = 1L;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  private FastPooling() {}

  private FastPooling(
      PoolingType type, int[] window, int[] stride, int[] padding, ConvolutionMode mode) {
    super(
        new SubsamplingLayer.Builder(type, window, stride, padding)
            .convolutionMode(mode)
            .dataFormat(CNN2DFormat.NHWC));
  }

  /** The largest of each square window, without padding. */
  public static FastPooling max(int window, int stride) {
    return square(PoolingType.MAX, window, stride);
  }

  /** The mean of each square window, without padding. */
  public static FastPooling average(int window, int stride) {
    return square(PoolingType.AVG, window, stride);
  }

  private static FastPooling square(PoolingType type, int window, int stride) {
    return of(type, new int[] {window, window}, new int[] {stride, stride}, new int[] {0, 0});
  }

  /**
   * The largest or the mean of each window.
   *
   * @param window rows and columns
   * @param stride rows and columns from one window to the next
   * @param padding rows outside the image above, and as many below; columns likewise
   */
  public static FastPooling of(PoolingType type, int[] window, int[] stride, int[] padding) {
    return new FastPooling(type, window, stride, padding, ConvolutionMode.Truncate);
  }

  /** As above, of a window for every stride pixels, the odd one of the padding at the end. */
  public static FastPooling samePadding(PoolingType type, int[] window, int[] stride) {
    return new FastPooling(type, window, stride, new int[] {0, 0}, ConvolutionMode.Same);
  }

  @Override
  public FastPooling clone() {
    return (FastPooling) super.clone();
  }

  @Override
  public org.deeplearning4j.nn.api.Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initializeParameters,
      DataType dataType) {
    FastLayers.requireSupported(this, dataType);
    FastPoolingLayer layer = new FastPoolingLayer(conf, dataType, input -> shape(input.shape()));
    layer.setListeners(listeners);
    layer.setIndex(index);
    return layer;
  }

  /** The shape of the pooling of images [batch, height, width, channels]. */
  public PoolingShape shape(long... images) {
    PoolingShape.Reduction reduction =
        switch (getPoolingType()) {
          case MAX -> PoolingShape.Reduction.MAX;
          case AVG -> PoolingShape.Reduction.AVERAGE;
          case SUM, PNORM ->
              throw new UnsupportedOperationException("Unsupported pooling: " + getPoolingType());
        };
    SamePadding height = padding(0, images[1]);
    SamePadding width = padding(1, images[2]);
    return new PoolingShape(
        reduction,
        images[0],
        (int) images[1],
        (int) images[2],
        (int) images[3],
        getKernelSize()[0],
        getKernelSize()[1],
        getStride()[0],
        getStride()[1],
        height.before(),
        width.before(),
        height.extra(),
        width.extra());
  }

  private SamePadding padding(int axis, long pixels) {
    return AxisPadding.of(
        getConvolutionMode(),
        getKernelSize()[axis],
        1,
        getStride()[axis],
        getPadding()[axis],
        pixels);
  }
}
