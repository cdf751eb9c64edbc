package org.isonorm.network.benchmark;

import java.util.Locale;

/** What a training step spends its time on. */
public enum StepPart {
  CONVOLUTION_FORWARD(true),
  CONVOLUTION_DATA_GRADIENT(true),
  CONVOLUTION_WEIGHTS_GRADIENT(true),

  /** Both gradients, of kernels that find them in one call. */
  CONVOLUTION_GRADIENTS(true),

  BATCH_NORMALIZATION_FORWARD(true),
  BATCH_NORMALIZATION_BACKWARD(true),
  ADD_RELU_FORWARD(true),
  ADD_RELU_BACKWARD(true),
  POOLING_FORWARD(true),
  POOLING_BACKWARD(true),

  /** Activation functions that are not part of another primitive. */
  ACTIVATION_FORWARD(true),

  ACTIVATION_BACKWARD(true),

  /** Scalar multipliers and biases. */
  SCALARS_FORWARD(true),

  SCALARS_BACKWARD(true),

  /**
   * Sums that end pre-activation residual blocks, and of what several layers give to one gradient.
   */
  ADDITION(true),

  CONCATENATION_FORWARD(true),
  CONCATENATION_BACKWARD(true),

  /** Shortcuts without weights: pixels left out, channels padded. */
  SHORTCUT(false),

  /** Classifier, softmax, loss and their gradients. */
  LOSS_HEAD(false),

  /** The move of running means and variances, before the optimizer applies it. */
  RUNNING_STATISTICS(false),

  /** Weight decay, momentum and the update, in passes over the flat parameters. */
  OPTIMIZER(false),

  /** The step less all other parts. */
  EVERYTHING_ELSE(false);

  private final boolean primitive;

  StepPart(boolean primitive) {
    this.primitive = primitive;
  }

  /** The part in camelCase, as in {@code convolutionForward}. */
  public String label() {
    String[] words = name().split("_");
    StringBuilder label = new StringBuilder(words[0].toLowerCase(Locale.ROOT));
    for (int i = 1; i < words.length; i++) {
      label.append(words[i].charAt(0)).append(words[i].substring(1).toLowerCase(Locale.ROOT));
    }
    return label.toString();
  }

  /** Whether it is one of the primitives whose sum is the floor of a step. */
  public boolean isPrimitive() {
    return primitive;
  }
}
