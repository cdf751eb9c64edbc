package org.isonorm.init;

/** What a layer with weights does in the network. */
public enum LayerKind {
  /** A convolution, shortcut convolutions included. */
  CONVOLUTION,
  /** The dense layer that yields the logits. */
  CLASSIFIER
}
