package org.isonorm.network;

import java.util.Locale;

/** What keeps the scale of a network's activations. */
public enum Normalization {
  /** Batch normalization with every convolution. */
  BATCH,

  /** Nothing but the initial weights. */
  NONE;

  /** The setting in a word: {@code batch} or {@code none}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
