package org.isonorm.init;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Settings of an {@link Initialization} that are others for some layers.
 *
 * @param layers names of the layers; {@code *} stands for any characters and {@code ?} for one, as
 *     in {@code stage1.*}
 * @param rule name of the rule, if another
 * @param initGamma γ of the batch-normalization rule, if another
 * @param distribution normal, uniform or truncated-normal, if another
 * @param std standard deviation of the rule fixed-std, if another
 */
public record LayerOverride(
    String layers,
    Optional<String> rule,
    OptionalDouble initGamma,
    Optional<String> distribution,
    OptionalDouble std) {
  public LayerOverride {
    Checks.notBlank("layers of an override", layers);
    // Which of the layers is the classifier is only known with the network.
    rule.ifPresent(InitializationRule::forClassifier);
    initGamma.ifPresent(value -> Checks.positiveAndFinite("init-gamma", value));
    distribution.ifPresent(name -> Distribution.named(name, 1));
    std.ifPresent(value -> Checks.positiveAndFinite("std", value));
    if (rule.isEmpty() && initGamma.isEmpty() && distribution.isEmpty() && std.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid override of %s: nothing (must give rule, init-gamma, distribution or std)",
              layers));
    }
  }

  /** An override of the rule alone. */
  public static LayerOverride rule(String layers, String rule) {
    return new LayerOverride(
        layers,
        Optional.of(rule),
        OptionalDouble.empty(),
        Optional.empty(),
        OptionalDouble.empty());
  }

  /** An override of γ alone. */
  public static LayerOverride initGamma(String layers, double initGamma) {
    return new LayerOverride(
        layers,
        Optional.empty(),
        OptionalDouble.of(initGamma),
        Optional.empty(),
        OptionalDouble.empty());
  }

  /** Whether the layer of that name is one of these. */
  public boolean matches(String layer) {
    return LayerNames.match(layers, layer);
  }
}
