package org.isonorm.network.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.isonorm.init.Fan;
import org.isonorm.init.WeightShape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * DL4J's layout of a convolution's parameters, bias before weights, for weights [out, in / groups,
 * kernel height, kernel width].
 */
final class FastConvolutionParameters extends ConvolutionParamInitializer {

  static final FastConvolutionParameters INSTANCE = new FastConvolutionParameters();

  private FastConvolutionParameters() {}

  @Override
  public long numParams(Layer layer) {
    FastConvolution convolution = (FastConvolution) layer;
    return convolution.weightShape().size() + biases(convolution);
  }

  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration conf, INDArray gradients) {
    FastConvolution convolution = (FastConvolution) conf.getLayer();
    INDArray vector = gradients.reshape(gradients.length());
    Map<String, INDArray> views = new LinkedHashMap<>();
    long biases = biases(convolution);
    if (biases > 0) {
      views.put(BIAS_KEY, vector.get(NDArrayIndex.interval(0, biases)));
    }
    INDArray weights = vector.get(NDArrayIndex.interval(biases, vector.length()));
    views.put(WEIGHT_KEY, weights.reshape('c', axes(convolution.weightShape())));
    return views;
  }

  @Override
  protected INDArray createWeightMatrix(
      NeuralNetConfiguration conf, INDArray weights, boolean initialize) {
    FastConvolution convolution = (FastConvolution) conf.getLayer();
    WeightShape shape = convolution.weightShape();
    if (!initialize) {
      return weights.reshape('c', axes(shape));
    }
    Fan fan = shape.fan();
    return convolution.getWeightInitFn().init(fan.in(), fan.out(), axes(shape), 'c', weights);
  }

  private static long biases(FastConvolution convolution) {
    return convolution.hasBias() ? convolution.getNOut() : 0;
  }

  private static long[] axes(WeightShape shape) {
    return new long[] {shape.out(), shape.in() / shape.groups(), shape.height(), shape.width()};
  }
}
