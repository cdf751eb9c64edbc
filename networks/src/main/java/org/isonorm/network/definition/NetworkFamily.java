package org.isonorm.network.definition;

/** A kind of network: the depths and options its members share. */
public enum NetworkFamily {
  /**
   * VGG with batch normalization (Simonyan &amp; Zisserman 2015), one linear classifier: 11, 13, 16
   * or 19 layers.
   */
  VGG(64, Shortcut.NONE),

  /**
   * Residual nets for small images, three stages of basic blocks (He et al. 2016, section 4.2): 6n
   * + 2 layers.
   */
  CIFAR_RESNET(16, Shortcut.A_BN),

  /**
   * ResNet-34 (He et al. 2016, table 1) behind a 3×3 stem without pooling, as small images need.
   */
  RESNET_34(64, Shortcut.B),

  /**
   * ResNet-18, -34 and -50 for large images (He et al. 2016, table 1): a 7×7 stem of stride 2 and
   * max pooling before four stages. The bottleneck blocks of ResNet-50 have their stride on the 3×3
   * convolution, as torchvision's have.
   */
  IMAGENET_RESNET(64, Shortcut.B, 64, 224),

  /**
   * DenseNet-BC for small images (Huang et al. 2017), three stages, bottlenecks of four times the
   * growth rate, compression 1/2: 6n + 4 layers.
   */
  DENSENET(12, Shortcut.NONE, 4, 32),

  /**
   * Wide residual nets (Zagoruyko &amp; Komodakis 2016), three stages of pre-activation blocks with
   * shortcuts of their own: 6n + 4 convolutions, those on shortcuts included.
   */
  WIDE_RESNET(16, Shortcut.NONE),

  /**
   * 3×3 convolutions of one width without normalization or shortcuts, in three stages; any number
   * of them from 3.
   */
  PLAIN(32, Shortcut.NONE, 4, 32),

  /**
   * The network of Jordan 2024 (arXiv 2404.00498) that reaches 94 % on CIFAR-10 in ten epochs: a
   * 2×2 convolution that starts by whitening and three groups of two convolutions.
   */
  FAST_94(64, Shortcut.NONE, 25, 32),

  /** The same of wider groups, for 95 %. */
  FAST_95(128, Shortcut.NONE, 25, 32),

  /** The same of groups of three convolutions with a residual sum, for 96 %. */
  FAST_96(128, Shortcut.NONE, 25, 32),

  /**
   * Somebody's own, as a DL4J configuration draws it, which says all that other families' options
   * say.
   */
  OWN(1, Shortcut.NONE);

  private final int defaultWidth;
  private final Shortcut defaultShortcut;
  private final int leastSide;
  private final int usualSide;

  NetworkFamily(int defaultWidth, Shortcut defaultShortcut) {
    this(defaultWidth, defaultShortcut, 1, 32);
  }

  NetworkFamily(int defaultWidth, Shortcut defaultShortcut, int leastSide, int usualSide) {
    this.defaultWidth = defaultWidth;
    this.defaultShortcut = defaultShortcut;
    this.leastSide = leastSide;
    this.usualSide = usualSide;
  }

  /** {@link NetworkDefinition#width} unless a definition says otherwise. */
  public int defaultWidth() {
    return defaultWidth;
  }

  /** What keeps the scale of activations unless a definition says otherwise. */
  public Normalization defaultNormalization() {
    return this == PLAIN ? Normalization.NONE : Normalization.BATCH;
  }

  /** The activation function unless a definition says otherwise. */
  String defaultActivation() {
    return isFast() ? "gelu" : "relu";
  }

  /**
   * Share of a batch's mean and variance in the running ones of batch normalization at a step
   * unless a definition says otherwise.
   */
  double defaultStatisticsRate() {
    return isFast() ? .4 : .1;
  }

  /** What batch normalization adds to the variance. */
  double epsilon() {
    return isFast() ? 1e-12 : 1e-5;
  }

  private boolean isFast() {
    return this == FAST_94 || this == FAST_95 || this == FAST_96;
  }

  /** Whether blocks add a branch to what they take in. */
  public boolean hasResidualBranches() {
    return switch (this) {
      case CIFAR_RESNET, RESNET_34, IMAGENET_RESNET, WIDE_RESNET -> true;
      case VGG, DENSENET, PLAIN, FAST_94, FAST_95, FAST_96, OWN -> false;
    };
  }

  /** Pixels that a side of its images has at least to be worth halving. */
  int leastSide() {
    return leastSide;
  }

  /** Pixels a side of the images that the literature gives it. */
  int usualSide() {
    return usualSide;
  }

  /** The shortcut unless a definition says otherwise. */
  public Shortcut defaultShortcut() {
    return defaultShortcut;
  }
}
