package org.isonorm.network;

/** What keeps the scale of a network's activations. */
public enum Normalization {
  /** Batch normalization with every convolution. */
  BATCH,

  /** Nothing but the initial weights. */
  NONE
}
