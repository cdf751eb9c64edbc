package org.isonorm.init;

/** Which number of connections divides the variance. */
public enum FanMode {
  /** The fan-in n, which keeps the forward signal's norm. */
  IN,
  /** The fan-out m, which keeps the backward signal's norm. */
  OUT,
  /** (n + m) / 2, the compromise of Glorot and Bengio 2010. */
  AVERAGE;

  /** The number of connections that the mode picks. */
  public double of(Fan fan) {
    return switch (this) {
      case IN -> fan.in();
      case OUT -> fan.out();
      case AVERAGE -> 0.5 * (fan.in() + fan.out());
    };
  }
}
