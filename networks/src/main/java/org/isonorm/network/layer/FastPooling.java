package org.isonorm.network.layer;

import java.util.Collection;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.isonorm.network.kernel.PoolingShape;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of a maximum or average over square windows of NHWC activations, without padding.
 */
public class FastPooling extends SubsamplingLayer {

  private static final long serialVersionUID = 1L;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  private FastPooling() {}

  private FastPooling(PoolingType type, int window, int stride) {
    super(
        new SubsamplingLayer.Builder(
                type, new int[] {window, window}, new int[] {stride, stride}, new int[] {0, 0})
            .convolutionMode(ConvolutionMode.Truncate)
            .dataFormat(CNN2DFormat.NHWC));
  }

  /** The largest of each window. */
  public static FastPooling max(int window, int stride) {
    return new FastPooling(PoolingType.MAX, window, stride);
  }

  /** The mean of each window. */
  public static FastPooling average(int window, int stride) {
    return new FastPooling(PoolingType.AVG, window, stride);
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
    return new PoolingShape(
        reduction,
        images[0],
        (int) images[1],
        (int) images[2],
        (int) images[3],
        getKernelSize()[0],
        getKernelSize()[1],
        getStride()[0],
        getStride()[1]);
  }
}
