package org.isonorm.network.layer;

import java.util.Collection;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.isonorm.network.kernel.PoolingShape;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of the mean over all pixels of NHWC activations: [batch, height, width, channels]
 * becomes [batch, channels].
 */
public class FastGlobalAveragePooling extends GlobalPoolingLayer {

  private static final long serialVersionUID = 1L;

  public FastGlobalAveragePooling() {
    super(PoolingType.AVG);
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
    FastPoolingLayer layer = new FastPoolingLayer(conf, dataType, FastGlobalAveragePooling::shape);
    layer.setListeners(listeners);
    layer.setIndex(index);
    return layer;
  }

  private static PoolingShape shape(INDArray input) {
    return PoolingShape.globalAverage(
        input.size(0), (int) input.size(1), (int) input.size(2), (int) input.size(3));
  }
}
