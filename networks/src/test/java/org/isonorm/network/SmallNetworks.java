package org.isonorm.network;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.LayerOverride;
import org.isonorm.network.definition.Biases;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.Shortcut;
import org.isonorm.network.definition.Variant;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.layer.ScalarAffine;

/** Members of every family that are quick to train. */
public final class SmallNetworks {
  private SmallNetworks() {}

  /** ResNet-8 of 4 channels for 8×8 images. */
  public static NetworkDefinition resNet() {
    return NetworkDefinition.of("resnet-8").withWidth(4).withImage(8, 8, 3);
  }

  /** DenseNet-10 of growth rate 4 for 8×8 images. */
  public static NetworkDefinition denseNet() {
    return NetworkDefinition.of("densenet-10").withWidth(4).withImage(8, 8, 3);
  }

  /** Wide ResNet-10 of 4, 8, 16 and 32 channels for 8×8 images. */
  public static NetworkDefinition wideResNet() {
    return NetworkDefinition.of("wrn-10-2").withWidth(4).withImage(8, 8, 3);
  }

  /** A plain network of that many convolutions of 8 channels for 8×8 images. */
  public static NetworkDefinition plain(int convolutions) {
    return NetworkDefinition.of("plain-" + convolutions).withWidth(8).withImage(8, 8, 3);
  }

  /** A ResNet for large images, of 4 channels and of images as small as it takes. */
  public static NetworkDefinition imagenetResNet(int depth) {
    return NetworkDefinition.of("resnet-" + depth + "-imagenet").withWidth(4).withImage(64, 64, 3);
  }

  public static Stream<NetworkDefinition> ofEveryFamily() {
    return Stream.of(
        NetworkDefinition.of("vgg-11").withWidth(4),
        NetworkDefinition.of("vgg-11").withWidth(4).withBiases(Biases.ALL),
        resNet().withShortcut(Shortcut.A),
        resNet().withShortcut(Shortcut.A_BN).withBiases(Biases.NONE),
        // Odd sizes: the shortcut must keep as many pixels as a padded convolution of stride 2.
        resNet().withShortcut(Shortcut.A_BN).withImage(9, 7, 1),
        resNet().withShortcut(Shortcut.B).withImage(7, 10, 2).withBiases(Biases.ALL),
        NetworkDefinition.of("resnet-34").withWidth(4).withImage(16, 16, 3),
        imagenetResNet(18),
        denseNet(),
        denseNet().withImage(9, 7, 2).withBiases(Biases.ALL),
        wideResNet(),
        wideResNet().withVariant(Variant.GRADINIT).withImage(9, 6, 1).withBiases(Biases.ALL),
        // A first block that keeps the channels has no shortcut convolution.
        NetworkDefinition.of("wrn-16-1").withWidth(4).withImage(8, 8, 3),
        NetworkDefinition.of("fast-96").withWidth(4).withImage(25, 26, 1),
        plain(5),
        plain(4).withActivation("tanh").withBiases(Biases.ALL).withImage(9, 7, 2),
        // A function that oneDNN has not.
        plain(3).withActivation("selu"),
        resNet().withActivation("gelu"),
        resNet().withNormalization(Normalization.NONE).withBiases(Biases.ALL),
        resNet()
            .withNormalization(Normalization.NONE)
            .withShortcut(Shortcut.B)
            .withActivation("leaky-relu"),
        denseNet().withNormalization(Normalization.NONE).withActivation("silu"),
        wideResNet().withNormalization(Normalization.NONE).withActivation("elu"),
        resNet().withNormalization(Normalization.FIXUP),
        resNet().withNormalization(Normalization.FIXUP).withShortcut(Shortcut.B),
        wideResNet().withNormalization(Normalization.FIXUP).withActivation("tanh"),
        wideResNet().withNormalization(Normalization.FIXUP).withVariant(Variant.GRADINIT));
  }

  /**
   * The definition's graph, started by the batch-normalization rule; with the scalars of Fixup by
   * that rule, but without zeros and ones, behind which there would be little to see.
   */
  public static ComputationGraph initialized(NetworkDefinition definition, long seed) {
    return initialized(Networks.build(definition), definition, seed);
  }

  public static ComputationGraph initialized(
      ComputationGraph graph, NetworkDefinition definition, long seed) {
    boolean fixup = definition.normalization() == Normalization.FIXUP;
    Initialization initialization =
        fixup
            ? Initialization.byRule("fixup")
                .withOverrides(List.of(LayerOverride.rule("*.conv2", "2/m")))
            : Initialization.bnGamma(1);
    GraphInitializer.initialize(
        graph, InitializationPlan.of(Networks.topology(definition), initialization), seed);
    for (Layer layer : graph.getLayers()) {
      if (layer.conf().getLayer() instanceof ScalarAffine) {
        layer.paramTable().values().forEach(scalar -> scalar.subi(.1));
      }
    }
    return graph;
  }
}
