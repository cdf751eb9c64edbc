package org.isonorm.spark.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.NetworkFamily;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.step.OptimizerSettings;

/** What the programs of bench/ that take steps are told: network, batch, threads and update. */
final class StepArguments {
  private StepArguments() {}

  /**
   * The arguments, whatever the variant.
   *
   * @param peer as it is called in sentences
   * @throws UnsupportedOperationException if the peers have no such network
   */
  static List<String> of(BenchmarkSettings settings, String peer) {
    NetworkDefinition network = settings.network();
    if (network.normalization() == Normalization.FIXUP) {
      throw new UnsupportedOperationException(
          "Unsupported network: "
              + peer
              + "'s side of the benchmark has no scalars of Fixup (leave out the peers, or set"
              + " network.fixup = false)");
    }
    OptimizerSettings optimizer = settings.optimizer();
    List<Object> arguments =
        new ArrayList<>(
            Arrays.asList(
                "--family", family(network.family(), peer),
                "--depth", network.depth(),
                "--width", network.width(),
                "--widening", network.widening(),
                "--variant", network.variant().label(),
                "--shortcut", network.shortcut().label(),
                "--biases", network.biases().label(),
                "--normalization", network.normalization().label(),
                "--activation", network.activation(),
                "--classes", network.classes(),
                "--image-height", network.imageHeight(),
                "--image-width", network.imageWidth(),
                "--image-channels", network.imageChannels(),
                "--batch", settings.batch(),
                "--threads", settings.threads(),
                "--learning-rate", optimizer.learningRate(),
                "--momentum", optimizer.sgd().momentum(),
                "--weight-decay", optimizer.weightDecay(),
                "--warm-up", settings.warmUp()));
    if (settings.task() == BenchmarkTask.INFERENCE) {
      arguments.add("--inference");
    }
    if (!optimizer.sgd().nesterov()) {
      arguments.add("--heavy-ball");
    }
    return arguments.stream().map(String::valueOf).toList();
  }

  private static String family(NetworkFamily family, String peer) {
    return switch (family) {
      case VGG -> "vgg";
      case CIFAR_RESNET, RESNET_34 -> "resnet";
      case IMAGENET_RESNET -> "imagenet-resnet";
      case DENSENET -> "densenet";
      case WIDE_RESNET -> "wrn";
      case PLAIN -> "plain";
      case FAST_94, FAST_95, FAST_96 -> "fast";
      case OWN ->
          throw new UnsupportedOperationException(
              "Unsupported network: "
                  + peer
                  + "'s side of the benchmark has no networks of one's own (leave out the peers)");
    };
  }
}
