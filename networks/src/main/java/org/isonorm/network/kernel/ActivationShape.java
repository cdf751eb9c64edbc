package org.isonorm.network.kernel;

import org.isonorm.init.Activation;

/**
 * An activation function and how many elements it is applied to.
 *
 * @param function by {@link Activation#named} for a fast kernel; any other is computed as written
 */
public record ActivationShape(Activation function, long length) {

  public ActivationShape {
    Checks.positive("length", length);
  }

  /** The function's name without a parameter, such as leaky-relu of leaky-relu(.2). */
  public String kind() {
    String name = function.name();
    int parameter = name.indexOf('(');
    return parameter < 0 ? name : name.substring(0, parameter);
  }

  /** α of ELU, −φ(−∞). */
  public float alpha() {
    return (float) -function.function().applyAsDouble(Double.NEGATIVE_INFINITY);
  }

  /** The slope left of 0, of functions that are lines on both sides of it. */
  public float negativeSlope() {
    return (float) function.derivative().applyAsDouble(-1);
  }
}
