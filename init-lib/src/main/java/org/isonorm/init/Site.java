package org.isonorm.init;

import java.util.Optional;

/**
 * Where a rule is applied.
 *
 * @param network the network's name
 * @param layer the layer
 * @param first whether it is the network's first
 * @param signal the signal that the layer takes in
 * @param branch its place in a residual branch, empty outside all
 */
record Site(
    String network,
    LayerTopology layer,
    boolean first,
    GainChain signal,
    Optional<BranchPlace> branch) {

  /** A site outside all residual branches. */
  Site(String network, LayerTopology layer, boolean first, GainChain signal) {
    this(network, layer, first, signal, Optional.empty());
  }

  LayerKind kind() {
    return layer.kind();
  }

  /** The fans, counted as the settings say. */
  EffectiveFan fan(Initialization settings) {
    return settings.fanCount().of(layer);
  }
}
