package org.isonorm.init;

/**
 * A tensor of parameters as the tuned methods see it.
 *
 * @param name its name, each once in a network
 * @param kind what it is to the network
 * @param size number of values
 * @param scaleInvariant whether the loss stays the same when all of this tensor and nothing else is
 *     multiplied by any c > 0: so it is for a convolution whose own output is batch-normalized, and
 *     not for one whose output is added to others before. Of a {@link Kind#SCALE}: when it and its
 *     shift, the next tensor of the oracle, are both multiplied: so it is where only ReLU, pooling
 *     and convolutions that are themselves invariant follow
 */
public record ParameterTensor(String name, Kind kind, int size, boolean scaleInvariant) {
  /** What a tensor is to the network. */
  public enum Kind {
    /** Weights of a convolution. */
    CONVOLUTION,
    /** Weights of the classifier. */
    CLASSIFIER,
    /** Scale of batch normalization, or Fixup's multiplier. */
    SCALE,
    /** Shift of batch normalization. */
    SHIFT,
    /** Bias of a convolution or the classifier, or Fixup's of a layer. */
    BIAS;

    /** Whether it is a matrix or more, not a vector. */
    boolean isWeight() {
      return this == CONVOLUTION || this == CLASSIFIER;
    }
  }

  public ParameterTensor {
    Checks.notBlank("tensor name", name);
    Checks.positive("size of tensor " + name, size);
  }
}
