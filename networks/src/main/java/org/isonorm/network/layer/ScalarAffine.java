package org.isonorm.network.layer;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of a bias, or of a multiplier and a bias, that are one number each for all channels
 * and pixels: what Fixup (Zhang, Dauphin and Ma 2019) has instead of batch normalization.
 */
public class ScalarAffine extends BaseLayer {

  /** The key of the multiplier, a parameter of one element. */
  public static final String MULTIPLIER = "scale";

  private static final long serialVersionUID = 1L;

  private boolean multiplied;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  private ScalarAffine() {}

  private ScalarAffine(boolean multiplied) {
    this.multiplied = multiplied;
  }

  /** x + bias. */
  public static ScalarAffine bias() {
    return new ScalarAffine(false);
  }

  /** multiplier · x + bias. */
  public static ScalarAffine multiplierAndBias() {
    return new ScalarAffine(true);
  }

  /** Whether there is a multiplier. */
  public boolean isMultiplied() {
    return multiplied;
  }

  public void setMultiplied(boolean multiplied) {
    this.multiplied = multiplied;
  }

  @Override
  public ScalarAffine clone() {
    return (ScalarAffine) super.clone();
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
    ScalarAffineLayer layer = new ScalarAffineLayer(conf, dataType, multiplied);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    Map<String, INDArray> table = initializer().init(conf, parameters, initializeParameters);
    layer.setParamTable(table);
    return layer;
  }

  @Override
  public ParamInitializer initializer() {
    return ScalarAffineParameters.INSTANCE;
  }

  @Override
  public InputType getOutputType(int index, InputType input) {
    return input;
  }

  @Override
  public void setNIn(InputType input, boolean override) {}

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType input) {
    return null;
  }

  @Override
  public boolean isPretrainParam(String parameter) {
    return false;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType input) {
    long parameters = initializer().numParams(this);
    return new LayerMemoryReport.Builder(getLayerName(), ScalarAffine.class, input, input)
        .standardMemory(parameters, parameters)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScalarAffine that
        && super.equals(other)
        && multiplied == that.multiplied;
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof ScalarAffine;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), multiplied);
  }
}
