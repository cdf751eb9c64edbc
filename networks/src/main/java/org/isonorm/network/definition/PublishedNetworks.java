package org.isonorm.network.definition;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** The networks of the literature, whose families {@link NetworkFamily} lists. */
final class PublishedNetworks implements NetworkProvider {
  /** The names of the literature, smallest first in each family. */
  static final List<String> NAMES =
      List.of(
          "vgg-11",
          "vgg-13",
          "vgg-16",
          "vgg-19",
          "resnet-20",
          "resnet-32",
          "resnet-44",
          "resnet-56",
          "resnet-110",
          "resnet-34",
          "resnet-18-imagenet",
          "resnet-34-imagenet",
          "resnet-50-imagenet",
          "densenet-100",
          "wrn-16-8",
          "wrn-28-10",
          "wrn-40-4",
          "plain-30",
          "fast-94",
          "fast-95",
          "fast-96");

  private static final Pattern NAME =
      Pattern.compile(
          "(?<kind>vgg|resnet|densenet|wrn|plain|fast)-(?<depth>[1-9][0-9]{0,3})(-(?<widening>[1-9][0-9]?))?(?<large>-imagenet)?");

  @Override
  public List<String> names() {
    return NAMES;
  }

  @Override
  public boolean provides(String name) {
    return family(name).isPresent();
  }

  @Override
  public ComputationGraphConfiguration configuration(NetworkDefinition network) {
    return Networks.configuration(network);
  }

  /** The family a name belongs to. */
  Optional<NetworkFamily> family(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    if (matcher.group("large") != null) {
      return only(NAMES.contains(name), NetworkFamily.IMAGENET_RESNET);
    }
    int depth = Integer.parseInt(matcher.group("depth"));
    boolean widened = matcher.group("widening") != null;
    return switch (matcher.group("kind")) {
      case "vgg" -> only(NAMES.contains(name), NetworkFamily.VGG);
      case "resnet" ->
          depth == 34
              ? only(!widened, NetworkFamily.RESNET_34)
              : only(depth >= 8 && depth % 6 == 2 && !widened, NetworkFamily.CIFAR_RESNET);
      case "densenet" -> only(depth >= 10 && depth % 6 == 4 && !widened, NetworkFamily.DENSENET);
      case "wrn" -> only(depth >= 10 && depth % 6 == 4 && widened, NetworkFamily.WIDE_RESNET);
      case "fast" ->
          widened
              ? Optional.empty()
              : switch (depth) {
                case 94 -> Optional.of(NetworkFamily.FAST_94);
                case 95 -> Optional.of(NetworkFamily.FAST_95);
                case 96 -> Optional.of(NetworkFamily.FAST_96);
                default -> Optional.empty();
              };
      case "plain" -> only(depth >= 3 && !widened, NetworkFamily.PLAIN);
      default -> throw new AssertionError(name);
    };
  }

  private static Optional<NetworkFamily> only(boolean condition, NetworkFamily family) {
    return condition ? Optional.of(family) : Optional.empty();
  }

  /** A number in a name; the other where it has none. */
  static int number(String name, String group, int absent) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches() && matcher.group(group) != null
        ? Integer.parseInt(matcher.group(group))
        : absent;
  }
}
