package org.isonorm.spark.train;

import java.io.Serializable;

/**
 * What every worker starts a round from: all parameters and the optimizer's velocity.
 *
 * <p>Both are the bulk bytes of a flat vector (little-endian float32): Java's object streams copy a
 * {@code byte[]} at memory speed and a {@code float[]} several times slower. Created on the driver;
 * broadcast to executors.
 *
 * @param parameters the flat parameters, running statistics of batch normalization included
 * @param velocity the flat velocity, of the same length
 */
record ModelState(byte[] parameters, byte[] velocity) implements Serializable {
  ModelState {
    if (parameters.length != velocity.length) {
      throw new IllegalArgumentException(
          "Invalid model state: %d bytes of parameters, %d of velocity (must be equal)"
              .formatted(parameters.length, velocity.length));
    }
  }
}
