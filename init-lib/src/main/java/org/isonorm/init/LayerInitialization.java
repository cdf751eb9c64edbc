package org.isonorm.init;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * How one layer starts.
 *
 * @param layer the layer
 * @param fan its fan-in and fan-out by the kernel alone
 * @param rule name of the rule that was applied
 * @param initGamma γ, if the rule reads it
 * @param sampler how the weights are drawn
 * @param bias what each bias is drawn from, if the layer has any; 0 by every rule but
 *     kaiming-table-1
 */
public record LayerInitialization(
    LayerTopology layer,
    Fan fan,
    String rule,
    OptionalDouble initGamma,
    WeightSampler sampler,
    Distribution bias) {

  /** The initialization of a layer by the rule of its kind, with the overrides for it. */
  static LayerInitialization of(Site site, Initialization settings) {
    Initialization own = settings.forLayer(site.layer());
    InitializationRule rule =
        switch (site.kind()) {
          case CONVOLUTION -> InitializationRule.named(own.rule());
          case CLASSIFIER -> InitializationRule.forClassifier(own.classifierRule());
        };
    return new LayerInitialization(
        site.layer(),
        site.layer().shape().fan(),
        rule.name(),
        rule.readsInitGamma() ? OptionalDouble.of(own.initGamma()) : OptionalDouble.empty(),
        rule.sampler(own, site),
        rule.bias(site));
  }

  /** The same layer, whose weights are drawn so. */
  LayerInitialization withSampler(WeightSampler value) {
    return new LayerInitialization(layer, fan, rule, initGamma, value, bias);
  }

  /** Variance of the weights about their mean, 0 for a constant. */
  public double variance() {
    return sampler.variance(layer.shape());
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
          String.format(
              Locale.ROOT,
              "Unsupported size of layer %s: %d weights (must be <= %d)",
              layer.name(),
              layer.shape().size(),
              Integer.MAX_VALUE));
    }
    float[] weights = new float[(int) layer.shape().size()];
    sampler.fill(
        weights, layer.shape(), SeedStream.of(seed).named("weights", layer.name()).generator());
    return weights;
  }

  /** Draws a bias for every output, from the stream (seed, "biases", layer name). */
  public float[] sampleBias(long seed) {
    float[] biases = new float[layer.shape().out()];
    bias.fill(biases, SeedStream.of(seed).named("biases", layer.name()).generator());
    return biases;
  }
}
