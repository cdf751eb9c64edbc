package org.isonorm.network.definition;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which layers of a network carry a bias. */
public enum Biases {
  /** No layer: the setting of Zhang et al. 2022, figures 2-7. */
  NONE,

  /**
   * The classifier alone, since batch normalization cancels the bias of a convolution before it.
   */
  CLASSIFIER,

  /** Every convolution and the classifier. */
  ALL;

  /** The setting's name in a configuration: {@code none}, {@code classifier} or {@code all}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The setting of a name, as {@link #label} spells it. */
  public static Biases parse(String label) {
    for (Biases biases : values()) {
      if (biases.label().equals(label)) {
        return biases;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Invalid biases: %s (must be one of %s)",
            label,
            Arrays.stream(values()).map(Biases::label).collect(Collectors.joining(", "))));
  }

  boolean onConvolutions() {
    return this == ALL;
  }

  boolean onClassifier() {
    return this != NONE;
  }
}
