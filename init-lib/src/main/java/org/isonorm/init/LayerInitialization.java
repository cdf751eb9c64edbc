package org.isonorm.init;

/**
 * How the weights of one layer start.
 *
 * @param layer the layer
 * @param fan its fan-in and fan-out
 * @param rule name of the rule that was applied
 * @param variance variance of the weights, 0 for a constant
 * @param distribution what each weight is drawn from; has that variance
 */
public record LayerInitialization(
    LayerTopology layer, Fan fan, String rule, double variance, Distribution distribution) {
  public LayerInitialization {
    if (variance != distribution.variance()) {
      throw new IllegalArgumentException(
          "Invalid variance of layer %s: %s (must be the variance of %s)"
              .formatted(layer.name(), variance, distribution));
    }
  }

  /**
   * The initialization of a layer, which is the network's {@code first} or a later one, by the rule
   * of its kind.
   */
  static LayerInitialization of(LayerTopology layer, boolean first, Initialization settings) {
    InitializationRule rule =
        switch (layer.kind()) {
          case CONVOLUTION -> InitializationRule.named(settings.rule());
          case CLASSIFIER -> InitializationRule.forClassifier(settings.classifierRule());
        };
    Distribution distribution = rule.distribution(settings, layer, first);
    return new LayerInitialization(
        layer, layer.shape().fan(), rule.name(), distribution.variance(), distribution);
  }

  /**
   * Draws the weights, in the row-major order of [out, in / groups, height, width] ([out, in] for a
   * dense layer), from the stream (seed, "weights", layer name): the same weights whatever the
   * other layers and the order they are drawn in.
   *
   * @throws UnsupportedOperationException if there are more weights than an array holds
   */
  public float[] sample(long seed) {
    if (layer.shape().size() > Integer.MAX_VALUE) {
      throw new UnsupportedOperationException(
          "Unsupported size of layer %s: %d weights (must be <= %d)"
              .formatted(layer.name(), layer.shape().size(), Integer.MAX_VALUE));
    }
    float[] weights = new float[(int) layer.shape().size()];
    distribution.fill(weights, SeedStream.of(seed).named("weights", layer.name()).generator());
    return weights;
  }
}
