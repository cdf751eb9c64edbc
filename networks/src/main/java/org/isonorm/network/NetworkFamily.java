package org.isonorm.network;

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
  RESNET_34(64, Shortcut.B);

  private final int defaultWidth;
  private final Shortcut defaultShortcut;

  NetworkFamily(int defaultWidth, Shortcut defaultShortcut) {
    this.defaultWidth = defaultWidth;
    this.defaultShortcut = defaultShortcut;
  }

  /** Channels of the first stage unless a definition says otherwise. */
  public int defaultWidth() {
    return defaultWidth;
  }

  /** The shortcut unless a definition says otherwise. */
  public Shortcut defaultShortcut() {
    return defaultShortcut;
  }
}
