package org.isonorm.network.kernel;

import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The number format of activations and their gradients, and of the weights as convolutions multiply
 * them. Parameters, their gradients, statistics and sums are float32 in those that train.
 */
public enum Precision {
  FLOAT32("float32", DataType.FLOAT),

  /** Sixteen bits: the sign, float32's exponent and the upper seven bits of its fraction. */
  BFLOAT16("bf16", DataType.BFLOAT16),

  /**
   * Parameters, gradients, statistics and sums too: for second derivatives as differences of
   * gradients. Nothing trains in it.
   */
  FLOAT64("float64", DataType.DOUBLE);

  private final String label;
  private final DataType type;

  Precision(String label, DataType type) {
    this.label = label;
    this.type = type;
  }

  /** The name by which {@code training.precision} chooses it. */
  public String label() {
    return label;
  }

  /** ND4J's type of an activation. */
  public DataType type() {
    return type;
  }

  /**
   * The precision of a name, of those that train.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Precision parse(String name) {
    for (Precision precision : values()) {
      if (precision != FLOAT64 && precision.label.equals(name)) {
        return precision;
      }
    }
    throw new IllegalArgumentException(
        String.format(Locale.ROOT, "Invalid precision: %s (must be float32 or bf16)", name));
  }
}
