package org.isonorm.spark.config;

import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.definition.Variant;

/**
 * Group {@code network}.
 *
 * @param name the network's name
 * @param shortcut how residual blocks that change size pass their input on, or default
 * @param width channels of the first stage or growth rate, 0 for the family's own
 * @param biases layers that have a bias
 * @param variant which published form of a wide residual net
 * @param batchNormalization whether the network has batch normalization, if its family may
 * @param fixup whether it has the scalars of Fixup instead
 * @param activation name of the activation function
 */
public record NetworkConfig(
    String name,
    String shortcut,
    int width,
    Biases biases,
    Variant variant,
    boolean batchNormalization,
    boolean fixup,
    String activation) {
  private static final String DEFAULT = "default";

  public NetworkConfig {
    NetworkDefinition definition =
        Checks.delegate("network.name", () -> NetworkDefinition.of(name));
    if (!shortcut.equals(DEFAULT)) {
      Checks.delegate("network.shortcut", () -> definition.withShortcut(Shortcut.parse(shortcut)));
    }
    Checks.atLeast("network.width", width, 0);
    if (fixup) {
      Checks.delegate("network.fixup", () -> definition.withNormalization(Normalization.FIXUP));
    }
    Checks.delegate("network.activation", () -> definition.withActivation(activation));
  }

  /** The network with a classifier of that many classes, for 32×32 images of three channels. */
  public NetworkDefinition definition(int classes) {
    NetworkDefinition definition =
        NetworkDefinition.parse(name, classes)
            .withBiases(biases)
            .withVariant(variant)
            .withActivation(activation);
    if (!shortcut.equals(DEFAULT)) {
      definition = definition.withShortcut(Shortcut.parse(shortcut));
    }
    if (fixup) {
      definition = definition.withNormalization(Normalization.FIXUP);
    } else if (!batchNormalization) {
      definition = definition.withNormalization(Normalization.NONE);
    }
    return width == 0 ? definition : definition.withWidth(width);
  }
}
