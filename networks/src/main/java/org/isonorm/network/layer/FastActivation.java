package org.isonorm.network.layer;

import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.isonorm.init.Activation;
import org.isonorm.network.kernel.ActivationShape;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Configuration of an activation function of every element, by its name in init-lib. */
public class FastActivation extends ElementwiseLayer {

  private static final long serialVersionUID = 1L;

  private String function;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  private FastActivation() {}

  /**
   * An activation layer.
   *
   * @param function one of {@link Activation#all}, such as {@code tanh}
   * @throws IllegalArgumentException if there is none of that name
   */
  public FastActivation(String function) {
    this.function = Activation.named(function).name();
  }

  /** The function of so many elements. */
  public ActivationShape shape(long length) {
    return new ActivationShape(Activation.named(function), length);
  }

  /** The function's name. */
  public String getFunction() {
    return function;
  }

  public void setFunction(String function) {
    this.function = function;
  }

  @Override
  public FastActivation clone() {
    return (FastActivation) super.clone();
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
    FastActivationLayer layer = new FastActivationLayer(conf, dataType, Activation.named(function));
    layer.setListeners(listeners);
    layer.setIndex(index);
    return layer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FastActivation that
        && super.equals(other)
        && Objects.equals(function, that.function);
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof FastActivation;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), function);
  }
}
