package org.isonorm.spark.run;

import java.util.Locale;

/**
 * What every worker starts a round from: all parameters and what the optimizer keeps of them; and
 * what a run in one task keeps beside them.
 *
 * <p>All are the bulk bytes of a flat vector (little-endian float32): Java's object streams copy a
 * {@code byte[]} at memory speed and a {@code float[]} several times slower. Created on the driver;
 * broadcast to executors.
 *
 * @param parameters the flat parameters, running statistics of batch normalization included
 * @param velocity the flat velocity, of the same length
 * @param secondMoments the flat second moments of AdamW, of the same length; null where the
 *     optimizer keeps none. The velocity is its first moments then
 * @param average the moving average of the parameters; null where none is kept, or not here
 */
public record ModelState(byte[] parameters, byte[] velocity, byte[] secondMoments, byte[] average)
    implements WireState {
  private static final long serialVersionUID = 1L;

  /** A state without second moments and average. */
  public ModelState(byte[] parameters, byte[] velocity) {
    this(parameters, velocity, null, null);
  }

  /**
   * The state before the first step.
   *
   * @param secondMoments whether the optimizer keeps them
   */
  public static ModelState start(byte[] parameters, boolean secondMoments) {
    return new ModelState(
        parameters,
        new byte[parameters.length],
        secondMoments ? new byte[parameters.length] : null,
        null);
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
    if (secondMoments != null && secondMoments.length != parameters.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid model state: %d bytes of parameters, %d of second moments (must be equal)",
              parameters.length,
              secondMoments.length));
    }
  }

  /** The same with other parameters. */
  public ModelState withParameters(byte[] others) {
    return new ModelState(others, velocity, secondMoments, average);
  }

  /** The same with another average; null for none. */
  public ModelState withAverage(byte[] other) {
    return new ModelState(parameters, velocity, secondMoments, other);
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
    return (long) parameters.length
        + velocity.length
        + (secondMoments == null ? 0 : secondMoments.length);
  }
}
