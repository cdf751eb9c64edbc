package org.isonorm.init;

/**
 * Where a rule is applied.
 *
 * @param network the network's name
 * @param layer the layer
 * @param first whether it is the network's first
 * @param signal the signal that the layer takes in
 */
record Site(String network, LayerTopology layer, boolean first, GainChain signal) {
  LayerKind kind() {
    return layer.kind();
  }

  /** The fans, counted as the settings say. */
  EffectiveFan fan(Initialization settings) {
    return settings.fanCount().of(layer);
  }
}
