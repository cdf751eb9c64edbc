package org.isonorm.network.layer;

import static org.deeplearning4j.nn.params.DefaultParamInitializer.BIAS_KEY;
import static org.isonorm.network.layer.ScalarAffine.MULTIPLIER;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Bias before multiplier, [1] each; neither counts as a weight, so neither is regularized. */
final class ScalarAffineParameters implements ParamInitializer {

  static final ScalarAffineParameters INSTANCE = new ScalarAffineParameters();

  private ScalarAffineParameters() {}

  @Override
  public long numParams(NeuralNetConfiguration conf) {
    return numParams(conf.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    return paramKeys(layer).size();
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return ((ScalarAffine) layer).isMultiplied()
        ? List.of(BIAS_KEY, MULTIPLIER)
        : List.of(BIAS_KEY);
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return List.of();
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return List.of(BIAS_KEY);
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return false;
  }

  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return key.equals(BIAS_KEY);
  }

  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration conf, INDArray parameters, boolean initialize) {
    Map<String, INDArray> views = getGradientsFromFlattened(conf, parameters);
    if (initialize) {
      views.forEach((key, view) -> view.assign(isBiasParam(conf.getLayer(), key) ? 0 : 1));
    }
    views.keySet().forEach(conf::addVariable);
    return views;
  }

  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration conf, INDArray gradients) {
    INDArray vector = gradients.reshape(gradients.length());
    Map<String, INDArray> views = new LinkedHashMap<>();
    for (String key : paramKeys(conf.getLayer())) {
      long place = views.size();
      views.put(key, vector.get(NDArrayIndex.interval(place, place + 1)));
    }
    return views;
  }
}
