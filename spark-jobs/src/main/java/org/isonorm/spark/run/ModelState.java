package org.isonorm.spark.run;

import java.util.Locale;

/**
 * What every worker starts a round from: all parameters and the optimizer's velocity; and what a
 * run in one task keeps beside them.
 *
 * <p>All are the bulk bytes of a flat vector (little-endian float32): Java's object streams copy a
 * {@code byte[]} at memory speed and a {@code float[]} several times slower. Created on the driver;
 * broadcast to executors.
 *
 * @param parameters the flat parameters, running statistics of batch normalization included
 * @param velocity the flat velocity, of the same length
 * @param average the moving average of the parameters; null where none is kept, or not here
 */
public record ModelState(byte[] parameters, byte[] velocity, byte[] average) implements WireState {
  private static final long serialVersionUID = 1L;

  /** A state without an average. */
  public ModelState(byte[] parameters, byte[] velocity) {
    this(parameters, velocity, null);
  }

  public ModelState {
    if (parameters.length != velocity.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid model state: %d bytes of parameters, %d of velocity (must be equal)",
              parameters.length,
              velocity.length));
    }
  }

  /** The parameters to evaluate: the average, if there is one. */
  public byte[] evaluated() {
    return average == null ? parameters : average;
  }

  @Override
  public ModelState open() {
    return this;
  }

  @Override
  public long bytes() {
    return (long) parameters.length + velocity.length;
  }
}
