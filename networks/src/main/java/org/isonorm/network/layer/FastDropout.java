package org.isonorm.network.layer;

import java.util.Collection;
import java.util.Locale;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of dropout (Srivastava et al. 2014): in a compiled training step that has seeds for
 * its examples, every value is kept with a probability and then divided by it, else 0. Everywhere
 * else, in the graph itself too, values pass as they are.
 */
public class FastDropout extends ElementwiseLayer {

  private static final long serialVersionUID = 1L;

  private double retained;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  private FastDropout() {}

  /**
   * A dropout layer.
   *
   * @param retained probability of keeping a value, in (0, 1]
   */
  public FastDropout(double retained) {
    if (!(retained > 0 && retained <= 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid dropout: values are kept with probability %s (must be in (0, 1])",
              retained));
    }
    this.retained = retained;
  }

  /** Probability of keeping a value. */
  public double getRetained() {
    return retained;
  }

  public void setRetained(double retained) {
    this.retained = retained;
  }

  @Override
  public FastDropout clone() {
    return (FastDropout) super.clone();
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
    FastDropoutLayer layer = new FastDropoutLayer(conf, dataType);
    layer.setListeners(listeners);
    layer.setIndex(index);
    return layer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FastDropout that && super.equals(other) && retained == that.retained;
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof FastDropout;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), retained);
  }
}
