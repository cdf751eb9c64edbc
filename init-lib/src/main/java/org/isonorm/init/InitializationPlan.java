package org.isonorm.init;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How every layer of a network starts. The weights are drawn as {@link #layers()} says, and so are
 * the biases, which are 0 by nearly every rule; every scale of batch normalization starts at 1 but
 * for {@link #zeroScales()}, and every shift at 0.
 *
 * <p>Immutable; made on the driver.
 *
 * @param topology the network
 * @param initialization the choice the plan follows
 * @param layers one entry a layer, in forward order
 * @param zeroScales names of the batch normalizations whose scale starts at 0
 */
public record InitializationPlan(
    NetworkTopology topology,
    Initialization initialization,
    List<LayerInitialization> layers,
    List<String> zeroScales) {
  public InitializationPlan {
    layers = List.copyOf(layers);
    zeroScales = List.copyOf(zeroScales);
  }

  /**
   * The plan of that choice for that network.
   *
   * @throws IllegalArgumentException if the choice does not fit the network: an override that
   *     matches no layer, residual branches to start at 0 that it does not have, a rule that a
   *     layer's shape does not admit, or Fixup's rule without its scalars or these without the rule
   */
  public static InitializationPlan of(NetworkTopology topology, Initialization initialization) {
    checkOverrides(topology, initialization);
    Fixup.check(topology, initialization);
    List<LayerInitialization> layers = new ArrayList<>();
    GainChain signal = GainChain.atInput(initialization.activation());
    for (LayerTopology layer : topology.layers()) {
      Site site =
          new Site(
              topology.network(), layer, layers.isEmpty(), signal, BranchPlace.of(topology, layer));
      LayerInitialization start = LayerInitialization.of(site, initialization);
      layers.add(start);
      signal =
          layer.batchNormalized() || start.sampler() instanceof Whitening
              ? signal.normalized()
              : signal.after(site.fan(initialization).in(), start.sampler().power(layer.shape()));
    }
    return new InitializationPlan(
        topology, initialization, layers, zeroScales(topology, initialization));
  }

  /**
   * The layer whose start depends on patches of images that the plan has not seen, if one's does.
   */
  public Optional<LayerTopology> awaitingImages() {
    return layers.stream()
        .filter(InitializationPlan::isAwaitingImages)
        .findFirst()
        .map(LayerInitialization::layer);
  }

  /**
   * The plan with the start that patches make of the layer that {@link #awaitingImages} names.
   *
   * @param patches of the images that the network will see, as it will see them
   */
  public InitializationPlan seeing(PatchMoments patches) {
    return new InitializationPlan(
        topology,
        initialization,
        layers.stream()
            .map(
                layer ->
                    isAwaitingImages(layer)
                        ? layer.withSampler(Whitening.of(patches, layer.layer().shape()))
                        : layer)
            .toList(),
        zeroScales);
  }

  private static boolean isAwaitingImages(LayerInitialization layer) {
    return layer.sampler() instanceof Whitening whitening && whitening.filters().isEmpty();
  }

  private static List<String> zeroScales(NetworkTopology topology, Initialization initialization) {
    if (!initialization.zeroResidualScales()) {
      return List.of();
    }
    if (topology.residualScales().isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid zero-residual-scales: true for %s (no residual branch of it ends in batch normalization; must be false)",
              topology.network()));
    }
    return topology.residualScales();
  }

  private static void checkOverrides(NetworkTopology topology, Initialization initialization) {
    for (LayerOverride override : initialization.overrides()) {
      if (topology.layers().stream().noneMatch(layer -> override.matches(layer.name()))) {
        List<String> names = topology.layers().stream().map(LayerTopology::name).toList();
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid overrides: %s matches no layer of %s (its layers: %s)",
                override.layers(),
                topology.network(),
                String.join(", ", names)));
      }
    }
  }
}
