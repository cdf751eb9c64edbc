package org.isonorm.network.layer;

import org.isonorm.init.WeightShape;

/**
 * Configuration of a dense layer over NHWC activations: a convolution whose kernel is as large as
 * its image, [batch, height, width, channels] to [batch, 1, 1, units]. Its weights are [units,
 * channels, height, width], the order in which DL4J and PyTorch flatten images that have their
 * channels before their pixels.
 */
public final class FastDense extends FastConvolution {
  private static final long serialVersionUID = 1L;

  /** For deserialization from JSON. */
  @SuppressWarnings("unused")
  private FastDense() {}

  /**
   * A layer of so many units.
   *
   * @param height rows of the image
   * @param width columns of the image
   */
  public FastDense(int height, int width, int units, boolean bias, boolean inputGradient) {
    super(
        FastConvolution.builder()
            .kernel(height, width)
            .out(units)
            .bias(bias)
            .inputGradient(inputGradient));
  }

  /** The weights' shape as a dense layer's, whose fan-in is all pixels of all channels. */
  public WeightShape denseShape() {
    return WeightShape.dense(
        Math.toIntExact(getNOut()),
        Math.toIntExact(getNIn() * getKernelSize()[0] * getKernelSize()[1]));
  }

  @Override
  public FastDense clone() {
    return (FastDense) super.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FastDense && super.equals(other);
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof FastDense;
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
