package org.isonorm.network.definition;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a residual block's shortcut changes the size of its input where the branch does. */
public enum Shortcut {
  /** The network has no shortcuts. */
  NONE("none"),

  /** Every second pixel, new channels zero (He et al. 2016, option A): no parameters. */
  A("a"),

  /**
   * Every second pixel, batch normalization of the input's channels, new channels zero; the same as
   * A in networks without batch normalization.
   */
  A_BN("a+bn"),

  /** A 1×1 convolution of stride 2 and batch normalization (He et al. 2016, option B). */
  B("b");

  private final String label;

  Shortcut(String label) {
    this.label = label;
  }

  /** The option's name in a configuration: {@code none}, {@code a}, {@code a+bn} or {@code b}. */
  public String label() {
    return label;
  }

  /** The option of a name, as {@link #label} spells it. */
  public static Shortcut parse(String label) {
    for (Shortcut shortcut : values()) {
      if (shortcut.label.equals(label)) {
        return shortcut;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid shortcut: %s (must be one of %s)",
            label,
            Arrays.stream(values()).map(Shortcut::label).collect(Collectors.joining(", "))));
  }
}
