package org.isonorm.init;

import java.util.Optional;

/**
 * A layer that has weights, as far as its initialization is concerned.
 *
 * @param name the layer's name in the graph; also names its random stream, so it decides the
 *     weights drawn
 * @param kind convolution or classifier
 * @param shape shape of the weight tensor
 * @param bias whether the layer adds a bias
 * @param batchNormalized whether batch normalization follows the layer
 * @param geometry where a convolution's kernel meets the image, if that is known; {@link
 *     FanCount#STRIDE} and {@link FanCount#PADDING} need it, nothing else does
 */
public record LayerTopology(
    String name,
    LayerKind kind,
    WeightShape shape,
    boolean bias,
    boolean batchNormalized,
    Optional<ConvolutionGeometry> geometry) {
  public LayerTopology {
    Checks.notBlank("layer name", name);
  }

  /** A layer of which the image is not known. */
  public LayerTopology(
      String name, LayerKind kind, WeightShape shape, boolean bias, boolean batchNormalized) {
    this(name, kind, shape, bias, batchNormalized, Optional.empty());
  }

  /** The same layer, whose kernel meets the image so. */
  public LayerTopology withGeometry(ConvolutionGeometry value) {
    return new LayerTopology(name, kind, shape, bias, batchNormalized, Optional.of(value));
  }

  /** The same layer without what {@link #geometry()} says. */
  LayerTopology withoutGeometry() {
    return new LayerTopology(name, kind, shape, bias, batchNormalized);
  }
}
