package org.isonorm.init;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How every layer of a network starts. The weights are drawn as {@link #layers()} says; every bias
 * starts at 0, every scale of batch normalization at 1 and every shift at 0, whatever the rule.
 *
 * <p>Immutable; made on the driver.
 *
 * @param topology the network
 * @param initialization the choice the plan follows
 * @param layers one entry a layer, in forward order
 */
public record InitializationPlan(
    NetworkTopology topology, Initialization initialization, List<LayerInitialization> layers) {
  public InitializationPlan {
    layers = List.copyOf(layers);
  }

  /** The plan of that choice for that network. */
  public static InitializationPlan of(NetworkTopology topology, Initialization initialization) {
    List<LayerTopology> layers = topology.layers();
    return new InitializationPlan(
        topology,
        initialization,
        IntStream.range(0, layers.size())
            .mapToObj(i -> LayerInitialization.of(layers.get(i), i == 0, initialization))
            .toList());
  }
}
