package org.isonorm.network.export;

/**
 * What became of a tensor when weights were put into a network.
 *
 * @param name torchvision's where it has such a network
 * @param layer of the network; "" if it has none for the tensor
 * @param weights whether it is the weights of a convolution or the classifier
 * @param note why it was not taken, or how where that is not as it is there; else ""
 */
public record TakenTensor(String name, String layer, boolean weights, Fate fate, String note) {
  /** What becomes of a tensor. */
  public enum Fate {
    /** The network has it now. */
    TAKEN,
    /** The network's own start stays. */
    ANEW,
    /** The network has no place for it. */
    LEFT
  }
}
