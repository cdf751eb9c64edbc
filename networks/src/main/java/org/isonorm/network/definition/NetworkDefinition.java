package org.isonorm.network.definition;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isonorm.init.Activation;
import org.isonorm.init.NearestName;

/**
 * A network by name and options. Created on the driver; serialized to executors.
 *
 * <p>Names are {@code vgg-11}, {@code vgg-13}, {@code vgg-16}, {@code vgg-19}, {@code resnet-34},
 * {@code resnet-D} for every depth D = 6n + 2 ({@code resnet-20}, {@code -32}, {@code -44}, {@code
 * -56}, {@code -110} of He et al. 2016; {@code resnet-8} is the smallest), {@code densenet-D} and
 * {@code wrn-D-K} for every depth D = 6n + 4 and widening factor K ({@code densenet-100}, {@code
 * wrn-28-10}; {@code densenet-10} and {@code wrn-10-1} are the smallest), and {@code plain-D} of D
 * >= 3 convolutions, which has no batch normalization ({@code plain-30}). Biases default to the
 * classifier alone, the count of parameters that table 1 of Zhang et al. 2022 rounds; their figures
 * 2-7 use none.
 *
 * @param name as above
 * @param classes outputs of the classifier, >= 2
 * @param shortcut of ResNets; {@link Shortcut#NONE} for all others
 * @param width channels of the first stage (VGG 64, CIFAR ResNets 16, ResNet-34 64) or of the stem
 *     (wide ResNets 16), later stages being multiples of it; of all stages of plain networks (32);
 *     the growth rate of DenseNets (12)
 * @param biases which layers carry one
 * @param variant which published form of the family; only wide ResNets have several
 * @param normalization what keeps the scale of activations
 * @param activation name of the function after convolutions or their normalization, see {@link
 *     Activation#all}
 * @param imageHeight rows of an image; VGG needs a multiple of 32
 * @param imageWidth columns of an image; VGG needs a multiple of 32
 * @param imageChannels channels of an image
 */
public record NetworkDefinition(
    String name,
    int classes,
    Shortcut shortcut,
    int width,
    Biases biases,
    Variant variant,
    Normalization normalization,
    String activation,
    int imageHeight,
    int imageWidth,
    int imageChannels)
    implements Serializable {

  /** The names of the literature, smallest first in each family. */
  public static final List<String> NAMES =
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
          "densenet-100",
          "wrn-16-8",
          "wrn-28-10",
          "wrn-40-4",
          "plain-30");

  private static final Pattern NAME =
      Pattern.compile(
          "(?<kind>vgg|resnet|densenet|wrn|plain)-(?<depth>[1-9][0-9]{0,3})(-(?<widening>[1-9][0-9]?))?");

  /** Least sides of images that are halved twice. */
  private static final int TWICE_HALVED = 4;

  private static final int VGG_POOLS = 5;

  public NetworkDefinition {
    NetworkFamily family = familyOf(name);
    check(classes >= 2, "classes", classes, ">= 2");
    check(width >= 1, "network width", width, ">= 1");
    check(imageHeight >= 1, "image height", imageHeight, ">= 1");
    check(imageWidth >= 1, "image width", imageWidth, ">= 1");
    check(imageChannels >= 1, "image channels", imageChannels, ">= 1");
    if (family == NetworkFamily.VGG) {
      int multiple = 1 << VGG_POOLS;
      check(
          imageHeight % multiple == 0, "image height", imageHeight, "a multiple of 32 for " + name);
      check(imageWidth % multiple == 0, "image width", imageWidth, "a multiple of 32 for " + name);
    }
    if (family == NetworkFamily.DENSENET || family == NetworkFamily.PLAIN) {
      check(imageHeight >= TWICE_HALVED, "image height", imageHeight, ">= 4 for " + name);
      check(imageWidth >= TWICE_HALVED, "image width", imageWidth, ">= 4 for " + name);
    }
    if (family == NetworkFamily.PLAIN && normalization != Normalization.NONE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid normalization: %s for %s (plain networks have none)",
              normalization.label(),
              name));
    }
    Activation.named(activation);
    if (normalization == Normalization.FIXUP && !family.hasResidualBranches()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid normalization: fixup for %s (must be resnet-D or wrn-D-K: it has no residual branches)",
              name));
    }
    boolean residual = family.defaultShortcut() != Shortcut.NONE;
    if (residual == (shortcut == Shortcut.NONE)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid shortcut: %s for %s (must be %s)",
              shortcut.label(),
              name,
              residual ? "one of a, a+bn, b" : "none"));
    }
  }

  /**
   * A network of that name with its family's defaults, 10 classes and 32×32 images of three
   * channels.
   */
  public static NetworkDefinition of(String name) {
    return parse(name, 10);
  }

  /** A network of that name with its family's defaults for 32×32 images of three channels. */
  public static NetworkDefinition parse(String name, int classes) {
    NetworkFamily family = familyOf(name);
    return new NetworkDefinition(
        name,
        classes,
        family.defaultShortcut(),
        family.defaultWidth(),
        Biases.CLASSIFIER,
        Variant.STANDARD,
        family.defaultNormalization(),
        "relu",
        32,
        32,
        3);
  }

  /** The family the name belongs to. */
  public NetworkFamily family() {
    return familyOf(name);
  }

  /** Layers with weights, as the name counts them. */
  public int depth() {
    return number("depth", 0);
  }

  /** The widening factor K of {@code wrn-D-K}, 1 for all others. */
  public int widening() {
    return number("widening", 1);
  }

  /**
   * What the optimizer does otherwise for some of the network's parameters, before what a
   * configuration says; networks whose method asks for a rate of its own have some.
   */
  public List<ParameterRule> optimizerRules() {
    return normalization.optimizerRules();
  }

  private int number(String group, int absent) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches() && matcher.group(group) != null
        ? Integer.parseInt(matcher.group(group))
        : absent;
  }

  /** A builder that starts at this network, to change several things at once. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  public NetworkDefinition withClasses(int value) {
    return toBuilder().classes(value).build();
  }

  public NetworkDefinition withShortcut(Shortcut value) {
    return toBuilder().shortcut(value).build();
  }

  public NetworkDefinition withWidth(int value) {
    return toBuilder().width(value).build();
  }

  public NetworkDefinition withBiases(Biases value) {
    return toBuilder().biases(value).build();
  }

  public NetworkDefinition withVariant(Variant value) {
    return toBuilder().variant(value).build();
  }

  public NetworkDefinition withNormalization(Normalization value) {
    return toBuilder().normalization(value).build();
  }

  public NetworkDefinition withActivation(String value) {
    return toBuilder().activation(value).build();
  }

  /** The same network for other images. */
  public NetworkDefinition withImage(int height, int columns, int channels) {
    return toBuilder().image(height, columns, channels).build();
  }

  /** A network in the making; checked as a whole by {@link #build}. */
  public static final class Builder {
    private final String name;
    private int classes;
    private Shortcut shortcut;
    private int width;
    private Biases biases;
    private Variant variant;
    private Normalization normalization;
    private String activation;
    private int imageHeight;
    private int imageWidth;
    private int imageChannels;

    private Builder(NetworkDefinition start) {
      this.name = start.name;
      this.classes = start.classes;
      this.shortcut = start.shortcut;
      this.width = start.width;
      this.biases = start.biases;
      this.variant = start.variant;
      this.normalization = start.normalization;
      this.activation = start.activation;
      this.imageHeight = start.imageHeight;
      this.imageWidth = start.imageWidth;
      this.imageChannels = start.imageChannels;
    }

    public Builder classes(int value) {
      classes = value;
      return this;
    }

    public Builder shortcut(Shortcut value) {
      shortcut = value;
      return this;
    }

    public Builder width(int value) {
      width = value;
      return this;
    }

    public Builder biases(Biases value) {
      biases = value;
      return this;
    }

    public Builder variant(Variant value) {
      variant = value;
      return this;
    }

    public Builder normalization(Normalization value) {
      normalization = value;
      return this;
    }

    public Builder activation(String value) {
      activation = value;
      return this;
    }

    /** Images of that many rows, columns and channels. */
    public Builder image(int height, int columns, int channels) {
      imageHeight = height;
      imageWidth = columns;
      imageChannels = channels;
      return this;
    }

    /**
     * The network.
     *
     * @throws IllegalArgumentException if its parts are invalid or do not go together
     */
    public NetworkDefinition build() {
      return new NetworkDefinition(
          name,
          classes,
          shortcut,
          width,
          biases,
          variant,
          normalization,
          activation,
          imageHeight,
          imageWidth,
          imageChannels);
    }
  }

  private static NetworkFamily familyOf(String name) {
    Matcher matcher = NAME.matcher(name);
    if (matcher.matches()) {
      int depth = Integer.parseInt(matcher.group("depth"));
      boolean widened = matcher.group("widening") != null;
      switch (matcher.group("kind")) {
        case "vgg" -> {
          if (NAMES.contains(name)) {
            return NetworkFamily.VGG;
          }
        }
        case "resnet" -> {
          if (depth == 34 && !widened) {
            return NetworkFamily.RESNET_34;
          }
          if (depth >= 8 && depth % 6 == 2 && !widened) {
            return NetworkFamily.CIFAR_RESNET;
          }
        }
        case "densenet" -> {
          if (depth >= 10 && depth % 6 == 4 && !widened) {
            return NetworkFamily.DENSENET;
          }
        }
        case "wrn" -> {
          if (depth >= 10 && depth % 6 == 4 && widened) {
            return NetworkFamily.WIDE_RESNET;
          }
        }
        case "plain" -> {
          if (depth >= 3 && !widened) {
            return NetworkFamily.PLAIN;
          }
        }
        default -> throw new AssertionError(name);
      }
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Unknown network: %s (did you mean %s? known: %s, %s)",
            name,
            NearestName.of(name, NAMES),
            String.join(", ", NAMES),
            "and resnet-D for every depth D = 6n + 2, densenet-D and wrn-D-K for D = 6n + 4,"
                + " plain-D for D >= 3"));
  }

  private static void check(boolean valid, String what, int value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %d (must be %s)", what, value, range));
    }
  }
}
