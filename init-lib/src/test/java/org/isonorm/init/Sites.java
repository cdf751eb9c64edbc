package org.isonorm.init;

/** Layers on their own, in a VGG whose activation is ReLU. */
final class Sites {
  private Sites() {}

  static Site first(LayerTopology layer) {
    return new Site("vgg-19", layer, true, GainChain.atInput(Activation.named("relu")));
  }

  static Site later(LayerTopology layer) {
    return in("vgg-19", layer);
  }

  static Site in(String network, LayerTopology layer) {
    return new Site(
        network, layer, false, GainChain.atInput(Activation.named("relu")).normalized());
  }
}
