package org.isonorm.spark.config;

import java.util.Optional;
import java.util.OptionalDouble;
import org.isonorm.init.LayerOverride;

/**
 * An element of {@code initialization.overrides}: what is not given stays as it is.
 *
 * @param layers names of the layers, with {@code *} and {@code ?}
 * @param rule rule of these layers
 * @param initGamma γ of rule bn-gamma
 * @param distribution normal, uniform or truncated-normal
 * @param std standard deviation of rule fixed-std
 */
public record LayerOverrideConfig(
    String layers,
    Optional<String> rule,
    Optional<Double> initGamma,
    Optional<String> distribution,
    Optional<Double> std) {
  public LayerOverrideConfig {
    Checks.delegate(
        "initialization.overrides", () -> convert(layers, rule, initGamma, distribution, std));
  }

  /** The override as the initialization library takes it. */
  public LayerOverride override() {
    return convert(layers, rule, initGamma, distribution, std);
  }

  private static LayerOverride convert(
      String layers,
      Optional<String> rule,
      Optional<Double> initGamma,
      Optional<String> distribution,
      Optional<Double> std) {
    return new LayerOverride(layers, rule, optional(initGamma), distribution, optional(std));
  }

  private static OptionalDouble optional(Optional<Double> value) {
    return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
  }
}
