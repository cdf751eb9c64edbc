package org.isonorm.spark.config;

import java.util.List;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.definition.Variant;

/**
 * Group {@code network}.
 *
 * @param name the network's name
 * @param definition the DL4J configuration, as JSON, that draws a network of one's own; "" for the
 *     network of that name
 * @param layers the layers of a network of one's own, a text each; none for another network
 * @param fallback what becomes of a network of one's own of which a layer has no fast form
 * @param shortcut how residual blocks that change size pass their input on, or default
 * @param width channels of the first stage or growth rate, 0 for the family's own
 * @param biases layers that have a bias
 * @param variant which published form of a wide residual net
 * @param batchNormalization whether the network has batch normalization, if its family may
 * @param fixup whether it has the scalars of Fixup instead
 * @param statisticsRate share of a batch's statistics in the running ones, 0 for the family's own
 *     or what the drawing says
 * @param activation name of the activation function, or default
 */
public record NetworkConfig(
    String name,
    String definition,
    List<String> layers,
    Fallback fallback,
    String shortcut,
    int width,
    Biases biases,
    Variant variant,
    boolean batchNormalization,
    boolean fixup,
    double statisticsRate,
    String activation) {
  private static final String DEFAULT = "default";

  /** What becomes of a network of which a layer has no fast form. */
  public enum Fallback {
    /** It is refused. */
    NONE,
    /** It computes with DL4J's own layers. */
    DL4J
  }

  public NetworkConfig {
    layers = List.copyOf(layers);
    Checks.check(
        definition.isEmpty() || layers.isEmpty(),
        "network.layers",
        String.join(", ", layers),
        "must be left out: network.definition draws the network");
    NetworkDefinition network = network(name, definition, layers);
    if (network.saysAll()) {
      says(name, "shortcut", shortcut, DEFAULT);
      says(name, "width", width, 0);
      says(name, "biases", biases, Biases.CLASSIFIER);
      says(name, "variant", variant, Variant.STANDARD);
      says(name, "batch-normalization", batchNormalization, true);
      says(name, "fixup", fixup, false);
      if (!isDrawn(definition, layers)) {
        says(name, "statistics-rate", statisticsRate, 0.);
      }
      says(name, "activation", activation, DEFAULT);
    }
    if (!shortcut.equals(DEFAULT)) {
      Checks.delegate("network.shortcut", () -> network.withShortcut(Shortcut.parse(shortcut)));
    }
    Checks.atLeast("network.width", width, 0);
    if (fixup) {
      Checks.delegate("network.fixup", () -> network.withNormalization(Normalization.FIXUP));
    }
    Checks.check(
        statisticsRate >= 0 && statisticsRate <= 1,
        "network.statistics-rate",
        Checks.plain(statisticsRate),
        "must be in [0, 1]");
    if (!activation.equals(DEFAULT)) {
      Checks.delegate("network.activation", () -> network.withActivation(activation));
    }
  }

  private static NetworkDefinition network(String name, String definition, List<String> layers) {
    if (!definition.isEmpty()) {
      return Checks.delegate("network.definition", () -> NetworkDefinition.drawn(name, definition));
    }
    return layers.isEmpty()
        ? Checks.delegate("network.name", () -> NetworkDefinition.of(name))
        : Checks.delegate("network.layers", () -> NetworkDefinition.drawn(name, layers));
  }

  /** Fails where an option of other networks was changed for one that says it itself. */
  private static void says(String network, String option, Object value, Object untouched) {
    Checks.check(
        value.equals(untouched),
        "network." + option,
        value instanceof Enum<?> constant ? RecordReader.label(constant) : value,
        "must be left out: " + network + " says it itself");
  }

  private static boolean isDrawn(String definition, List<String> layers) {
    return !definition.isEmpty() || !layers.isEmpty();
  }

  /** Whether the network has no rate of running statistics that would be its code's to say. */
  public boolean takesStatisticsRate() {
    return isDrawn(definition, layers) || !network(name, definition, layers).saysAll();
  }

  /**
   * The network with a classifier of that many classes, for images of three channels of the size
   * that {@link NetworkDefinition#of} gives it.
   */
  public NetworkDefinition definition(int classes) {
    if (isDrawn(definition, layers)) {
      return withStatisticsRate(network(name, definition, layers))
          .withClasses(classes)
          .withFallback(fallback == Fallback.DL4J);
    }
    NetworkDefinition network = NetworkDefinition.parse(name, classes);
    if (network.saysAll()) {
      return network.withFallback(fallback == Fallback.DL4J);
    }
    network = network.withBiases(biases).withVariant(variant);
    if (!activation.equals(DEFAULT)) {
      network = network.withActivation(activation);
    }
    if (!shortcut.equals(DEFAULT)) {
      network = network.withShortcut(Shortcut.parse(shortcut));
    }
    if (fixup) {
      network = network.withNormalization(Normalization.FIXUP);
    } else if (!batchNormalization) {
      network = network.withNormalization(Normalization.NONE);
    }
    network = withStatisticsRate(network);
    return width == 0 ? network : network.withWidth(width);
  }

  private NetworkDefinition withStatisticsRate(NetworkDefinition network) {
    return statisticsRate > 0 ? network.withStatisticsRate(statisticsRate) : network;
  }
}
