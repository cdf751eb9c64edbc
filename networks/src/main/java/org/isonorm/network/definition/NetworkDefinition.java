package org.isonorm.network.definition;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.isonorm.init.Activation;
import org.isonorm.init.NearestName;

/**
 * A network by name and options, or one that a {@link NetworkProvider} of another jar or a DL4J
 * configuration draws. Created on the driver; serialized to executors.
 *
 * <p>Names are {@code vgg-11}, {@code vgg-13}, {@code vgg-16}, {@code vgg-19}, {@code resnet-34},
 * {@code resnet-D} for every depth D = 6n + 2 ({@code resnet-20}, {@code -32}, {@code -44}, {@code
 * -56}, {@code -110} of He et al. 2016; {@code resnet-8} is the smallest), {@code densenet-D} and
 * {@code wrn-D-K} for every depth D = 6n + 4 and widening factor K ({@code densenet-100}, {@code
 * wrn-28-10}; {@code densenet-10} and {@code wrn-10-1} are the smallest), and {@code plain-D} of D
 * >= 3 convolutions, which has no batch normalization ({@code plain-30}); for large images {@code
 * resnet-18-imagenet}, {@code resnet-34-imagenet} and {@code resnet-50-imagenet}; for an accuracy
 * in little time {@code fast-94}, {@code fast-95} and {@code fast-96}. Biases default to the
 * classifier alone, the count of parameters that table 1 of Zhang et al. 2022 rounds; their figures
 * 2-7 use none.
 *
 * @param name as above
 * @param classes outputs of the classifier, >= 2
 * @param shortcut of ResNets; {@link Shortcut#NONE} for all others
 * @param width channels of the first stage (VGG 64, CIFAR ResNets 16, ResNet-34 64) or of the stem
 *     (wide ResNets 16, ResNets for large images 64), later stages being multiples of it; of all
 *     stages of plain networks (32); the growth rate of DenseNets (12)
 * @param biases which layers carry one
 * @param variant which published form of the family; only wide ResNets have several
 * @param normalization what keeps the scale of activations
 * @param statisticsRate share of a batch's mean and variance that the running ones of batch
 *     normalization take at a step, in (0, 1]; 0 is read as the family's own
 * @param activation name of the function after convolutions or their normalization, see {@link
 *     Activation#all}
 * @param imageHeight rows of an image; VGG needs a multiple of 32, ResNets for large images 64
 * @param imageWidth columns of an image; likewise
 * @param imageChannels channels of an image
 * @param drawing of somebody's own network the DL4J configuration that draws it, as JSON; empty for
 *     all others
 * @param fallback whether somebody's own network, a layer of which has no fast form, computes with
 *     DL4J's own layers instead of being refused
 */
public record NetworkDefinition(
    String name,
    int classes,
    Shortcut shortcut,
    int width,
    Biases biases,
    Variant variant,
    Normalization normalization,
    double statisticsRate,
    String activation,
    int imageHeight,
    int imageWidth,
    int imageChannels,
    String drawing,
    boolean fallback)
    implements Serializable {

  /** The names of the literature, smallest first in each family. */
  public static final List<String> NAMES = PublishedNetworks.NAMES;

  private static final int VGG_POOLS = 5;

  public NetworkDefinition {
    drawing = drawing == null ? "" : drawing; // Models saved before there were own networks.
    NetworkFamily family = familyOf(name, drawing);
    check(classes >= 2, "classes", classes, ">= 2");
    check(width >= 1, "network width", width, ">= 1");
    if (statisticsRate == 0) {
      statisticsRate = family.defaultStatisticsRate(); // Models saved before there was another.
    }
    if (!(statisticsRate > 0 && statisticsRate <= 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid statistics rate: %s (must be in (0, 1])", statisticsRate));
    }
    check(imageHeight >= 1, "image height", imageHeight, ">= 1");
    check(imageWidth >= 1, "image width", imageWidth, ">= 1");
    check(imageChannels >= 1, "image channels", imageChannels, ">= 1");
    if (family == NetworkFamily.VGG) {
      int multiple = 1 << VGG_POOLS;
      check(
          imageHeight % multiple == 0, "image height", imageHeight, "a multiple of 32 for " + name);
      check(imageWidth % multiple == 0, "image width", imageWidth, "a multiple of 32 for " + name);
    }
    String least = leastSide(family, name);
    check(imageHeight >= family.leastSide(), "image height", imageHeight, least);
    check(imageWidth >= family.leastSide(), "image width", imageWidth, least);
    if (family == NetworkFamily.PLAIN && normalization != Normalization.NONE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid normalization: %s for %s (plain networks have none)",
              normalization.label(),
              name));
    }
    Activation.named(activation);
    if (family == NetworkFamily.OWN) {
      checkSaysAll(name, shortcut, width, biases, variant, normalization, statisticsRate);
    }
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
   * Somebody's own network, of as many classes as its output has (10 where it does not say) and for
   * 32×32 images of three channels.
   *
   * @param name anything but the name of another network
   * @param drawing a ComputationGraphConfiguration or MultiLayerConfiguration of DL4J as JSON
   * @throws IllegalArgumentException in one sentence, if the drawing is something else or a network
   *     is known by that name
   */
  public static NetworkDefinition drawn(String name, String drawing) {
    if (isKnown(name)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid network: %s (must be another name: a network is known by it)",
              name));
    }
    OwnGraph graph = OwnGraph.parse(drawing);
    return ofFamily(
        NetworkFamily.OWN, name, graph.classes().orElse(10), graph.activation(), drawing);
  }

  /**
   * As above, of a list of layers, a text each: {@code conv CHANNELS HEIGHTxWIDTH [/STRIDE]}
   * without bias, padded to the size of its input over the stride; {@code bn}; an activation of
   * DL4J's that has a fast form; {@code max-pool} or {@code avg-pool HEIGHTxWIDTH [/STRIDE]}, whose
   * stride is its size unless given; {@code residual} to {@code sum}, which adds the block's input,
   * by a 1×1 convolution where the shape differs; {@code dropout PROBABILITY} to be dropped; {@code
   * global-pool}; {@code dense UNITS}. The classifier comes by itself.
   *
   * @throws IllegalArgumentException if a layer is none of these, or stands where it cannot
   */
  public static NetworkDefinition drawn(String name, List<String> layers) {
    return drawn(name, LayerList.configuration(layers));
  }

  /** As above, of a configuration that is there. */
  public static NetworkDefinition drawn(String name, ComputationGraphConfiguration configuration) {
    return drawn(name, configuration.toJson());
  }

  /** As above, of a list of layers. */
  public static NetworkDefinition drawn(String name, MultiLayerConfiguration configuration) {
    return drawn(name, configuration.toJson());
  }

  /**
   * A network of that name with its family's defaults, 10 classes and images of three channels,
   * 224×224 for a network of large images and 32×32 for all others.
   */
  public static NetworkDefinition of(String name) {
    return parse(name, 10);
  }

  /** As above, of as many classes. */
  public static NetworkDefinition parse(String name, int classes) {
    NetworkFamily family = familyOf(name, "");
    NetworkDefinition network = ofFamily(family, name, classes, family.defaultActivation(), "");
    return family == NetworkFamily.OWN
        ? network.withActivation(network.ownGraph().activation())
        : network;
  }

  private static NetworkDefinition ofFamily(
      NetworkFamily family, String name, int classes, String activation, String drawing) {
    return new NetworkDefinition(
        name,
        classes,
        family.defaultShortcut(),
        family.defaultWidth(),
        Biases.CLASSIFIER,
        Variant.STANDARD,
        family.defaultNormalization(),
        family.defaultStatisticsRate(),
        activation,
        family.usualSide(),
        family.usualSide(),
        3,
        drawing,
        /* fallback= */ false);
  }

  /** Whether a name is that of a network that needs no drawing. */
  public static boolean isKnown(String name) {
    return NetworkProviders.of(name).isPresent();
  }

  /**
   * Whether the network says itself what options say of others: shortcut, width, biases, variant,
   * normalization and activation.
   */
  public boolean saysAll() {
    return family() == NetworkFamily.OWN;
  }

  /** The family the name belongs to. */
  public NetworkFamily family() {
    return familyOf(name, drawing);
  }

  /** What draws it. */
  OwnGraph ownGraph() {
    return drawing.isEmpty()
        ? OwnGraph.of(NetworkProviders.of(name).orElseThrow().configuration(this))
        : OwnGraph.parse(drawing);
  }

  /** Layers with weights, as the name counts them; of fast networks the accuracy in their name. */
  public int depth() {
    return PublishedNetworks.number(name, "depth", 0);
  }

  /** The widening factor K of {@code wrn-D-K}, 1 for all others. */
  public int widening() {
    return PublishedNetworks.number(name, "widening", 1);
  }

  /**
   * What the optimizer does otherwise for some of the network's parameters, before what a
   * configuration says; networks whose method asks for a rate of its own have some.
   */
  public List<ParameterRule> optimizerRules() {
    return normalization.optimizerRules();
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

  public NetworkDefinition withStatisticsRate(double value) {
    return toBuilder().statisticsRate(value).build();
  }

  public NetworkDefinition withActivation(String value) {
    return toBuilder().activation(value).build();
  }

  /** The same network for other images. */
  public NetworkDefinition withImage(int height, int columns, int channels) {
    return toBuilder().image(height, columns, channels).build();
  }

  /** The same network, with DL4J's own layers where there must be. */
  public NetworkDefinition withFallback(boolean value) {
    return toBuilder().fallback(value).build();
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
    private double statisticsRate;
    private String activation;
    private int imageHeight;
    private int imageWidth;
    private int imageChannels;
    private String drawing;
    private boolean fallback;

    private Builder(NetworkDefinition start) {
      this.name = start.name;
      this.classes = start.classes;
      this.shortcut = start.shortcut;
      this.width = start.width;
      this.biases = start.biases;
      this.variant = start.variant;
      this.normalization = start.normalization;
      this.statisticsRate = start.statisticsRate;
      this.activation = start.activation;
      this.imageHeight = start.imageHeight;
      this.imageWidth = start.imageWidth;
      this.imageChannels = start.imageChannels;
      this.drawing = start.drawing;
      this.fallback = start.fallback;
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

    /** In a drawing, if there is one, the rate takes the place of those there. */
    public Builder statisticsRate(double value) {
      if (drawing.isEmpty()) {
        statisticsRate = value;
      } else {
        drawing = OwnGraph.withStatisticsRate(drawing, value);
      }
      return this;
    }

    public Builder activation(String value) {
      activation = value;
      return this;
    }

    public Builder fallback(boolean value) {
      fallback = value;
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
          statisticsRate,
          activation,
          imageHeight,
          imageWidth,
          imageChannels,
          drawing,
          fallback);
    }
  }

  private static NetworkFamily familyOf(String name, String drawing) {
    if (!drawing.isEmpty()) {
      return NetworkFamily.OWN;
    }
    return NetworkProviders.PUBLISHED.family(name).orElseGet(() -> ofOthers(name));
  }

  private static NetworkFamily ofOthers(String name) {
    if (NetworkProviders.of(name).isPresent()) {
      return NetworkFamily.OWN;
    }
    List<String> names = NetworkProviders.names();
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Unknown network: %s (did you mean %s? known: %s, %s)",
            name,
            NearestName.of(name, names),
            String.join(", ", names),
            "and resnet-D for every depth D = 6n + 2, densenet-D and wrn-D-K for D = 6n + 4,"
                + " plain-D for D >= 3"));
  }

  /** A drawing says itself what the options of other families say. */
  private static void checkSaysAll(
      String name,
      Shortcut shortcut,
      int width,
      Biases biases,
      Variant variant,
      Normalization normalization,
      double statisticsRate) {
    boolean untouched =
        shortcut == NetworkFamily.OWN.defaultShortcut()
            && width == NetworkFamily.OWN.defaultWidth()
            && biases == Biases.CLASSIFIER
            && variant == Variant.STANDARD
            && normalization == NetworkFamily.OWN.defaultNormalization()
            && statisticsRate == NetworkFamily.OWN.defaultStatisticsRate();
    if (!untouched) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid options of %s: shortcut, width, biases, variant, normalization and statistics rate (must be left out: its drawing says them)",
              name));
    }
  }

  private static String leastSide(NetworkFamily family, String name) {
    String range = String.format(Locale.ROOT, ">= %d for %s", family.leastSide(), name);
    return family == NetworkFamily.IMAGENET_RESNET
        ? range + "; resnet-D, resnet-34 and wrn-D-K take smaller images"
        : range;
  }

  private static void check(boolean valid, String what, int value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %d (must be %s)", what, value, range));
    }
  }
}
