package org.isonorm.network.layer;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configuration of a batch normalization over NHWC activations, with ReLU in the same pass where
 * asked. Unless told, ε is 1e-5 and running statistics decay by .9. The parameters are DL4J's:
 * scale (gamma), shift (beta), running mean and running variance, each [channels]; the variance is
 * kept as such, never as a logarithm. In training the "gradients" of mean and variance are (running
 * − batch) · (1 − decay): their subtraction is the moving average.
 */
public class FastBatchNormalization extends BatchNormalization {

  private static final long serialVersionUID = 1L;

  private boolean relu;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  private FastBatchNormalization() {
    this(false);
  }

  private FastBatchNormalization(boolean relu) {
    this.relu = relu;
    this.decay = 0.9;
    this.eps = 1e-5;
    this.useLogStd = false;
    this.cnn2DFormat = CNN2DFormat.NHWC;
  }

  /** Normalization alone. */
  public static FastBatchNormalization linear() {
    return new FastBatchNormalization(false);
  }

  /** Normalization followed by max(0, ·). */
  public static FastBatchNormalization withRelu() {
    return new FastBatchNormalization(true);
  }

  /**
   * The same with other constants.
   *
   * @param epsilon added to the variance
   * @param share of the running statistics that stays at a step
   */
  public FastBatchNormalization with(double epsilon, double share) {
    FastBatchNormalization other = clone();
    other.setEps(epsilon);
    other.setDecay(share);
    return other;
  }

  public boolean isRelu() {
    return relu;
  }

  /** The shape of the normalization of images [batch, height, width, channels]. */
  public BatchNormalizationShape shape(long... images) {
    return new BatchNormalizationShape(
        images[0], (int) images[1], (int) images[2], (int) images[3], getEps(), relu);
  }

  public void setRelu(boolean relu) {
    this.relu = relu;
  }

  /** Always false. */
  @Override
  public boolean isUseLogStd() {
    return false;
  }

  /**
   * Does nothing: DL4J's deserializer takes a configuration that has not been initialized yet for
   * one of its own and asks for logarithms.
   */
  @Override
  public void setUseLogStd(boolean useLogStd) {}

  @Override
  public FastBatchNormalization clone() {
    return (FastBatchNormalization) super.clone();
  }

  @Override
  public org.deeplearning4j.nn.api.Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initializeParameters,
      DataType dataType) {
    LayerValidation.assertNOutSet("FastBatchNormalization", getLayerName(), index, getNOut());
    FastLayers.requireSupported(this, dataType);
    FastBatchNormalizationLayer layer = new FastBatchNormalizationLayer(conf, dataType);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    Map<String, INDArray> table = initializer().init(conf, parameters, initializeParameters);
    layer.setParamTable(table);
    return layer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FastBatchNormalization that && super.equals(other) && relu == that.relu;
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof FastBatchNormalization;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), relu);
  }
}
