package org.isonorm.network;

import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;

/** Members of every family that are quick to train. */
final class SmallNetworks {
  private SmallNetworks() {}

  /** ResNet-8 of 4 channels for 8×8 images. */
  static NetworkDefinition resNet() {
    return NetworkDefinition.of("resnet-8").withWidth(4).withImage(8, 8, 3);
  }

  static Stream<NetworkDefinition> ofEveryFamily() {
    return Stream.of(
        NetworkDefinition.of("vgg-11").withWidth(4),
        NetworkDefinition.of("vgg-11").withWidth(4).withBiases(Biases.ALL),
        resNet().withShortcut(Shortcut.A),
        resNet().withShortcut(Shortcut.A_BN).withBiases(Biases.NONE),
        // Odd sizes: the shortcut must keep as many pixels as a padded convolution of stride 2.
        resNet().withShortcut(Shortcut.A_BN).withImage(9, 7, 1),
        resNet().withShortcut(Shortcut.B).withImage(7, 10, 2).withBiases(Biases.ALL),
        NetworkDefinition.of("resnet-34").withWidth(4).withImage(16, 16, 3));
  }

  /** The definition's graph, started by the batch-normalization rule. */
  static ComputationGraph initialized(NetworkDefinition definition, long seed) {
    return initialized(Networks.build(definition), definition, seed);
  }

  static ComputationGraph initialized(
      ComputationGraph graph, NetworkDefinition definition, long seed) {
    GraphInitializer.initialize(
        graph,
        InitializationPlan.of(Networks.topology(definition), Initialization.bnGamma(1)),
        seed);
    return graph;
  }
}
