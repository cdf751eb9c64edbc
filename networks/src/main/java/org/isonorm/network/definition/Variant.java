package org.isonorm.network.definition;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which of the published forms of a family a network has. */
public enum Variant {
  /**
   * The family's own. Wide residual blocks: stride in the first convolution, shortcut on
   * relu(bn(x)).
   */
  STANDARD,

  /**
   * The wide residual blocks that GradInit (Zhu et al. 2021) was measured on: stride in the second
   * convolution, shortcut on x itself. Other families have one form.
   */
  GRADINIT;

  /** The variant's name in a configuration: {@code standard} or {@code gradinit}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The variant of a name, as {@link #label} spells it. */
  public static Variant parse(String label) {
    for (Variant variant : values()) {
      if (variant.label().equals(label)) {
        return variant;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid variant: %s (must be one of %s)",
            label,
            Arrays.stream(values()).map(Variant::label).collect(Collectors.joining(", "))));
  }
}
