package org.isonorm.init;

/**
 * A layer that has weights, as far as its initialization is concerned.
 *
 * @param name the layer's name in the graph; also names its random stream, so it decides the
 *     weights drawn
 * @param kind convolution or classifier
 * @param shape shape of the weight tensor
 * @param bias whether the layer adds a bias
 * @param batchNormalized whether batch normalization follows the layer
 */
public record LayerTopology(
    String name, LayerKind kind, WeightShape shape, boolean bias, boolean batchNormalized) {
  public LayerTopology {
    Checks.notBlank("layer name", name);
  }
}
