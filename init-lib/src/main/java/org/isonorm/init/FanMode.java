package org.isonorm.init;

/** Which number of connections divides the variance. */
public enum FanMode {
  /** The fan-in n, which keeps the forward signal's norm. */
  IN("n"),
  /** The fan-out m, which keeps the backward signal's norm. */
  OUT("m"),
  /** (n + m) / 2, the compromise of Glorot and Bengio 2010. */
  AVERAGE("avg"),
  /**
   * √(n m), the compromise that lets the forward norm grow by as much as the backward norm falls:
   * their product over the layer stays what it is at n = m.
   */
  GEOMETRIC_MEAN("gm");

  private final String symbol;

  FanMode(String symbol) {
    this.symbol = symbol;
  }

  /** How a rule such as 5/m writes it: n, m, avg or gm. */
  String symbol() {
    return symbol;
  }

  /** The number of connections that the mode picks. */
  public double of(Fan fan) {
    return of(fan.in(), fan.out());
  }

  /** The number of connections that the mode picks, pixels of the image counted. */
  public double of(EffectiveFan fan) {
    return of(fan.in(), fan.out());
  }

  private double of(double in, double out) {
    return switch (this) {
      case IN -> in;
      case OUT -> out;
      case AVERAGE -> 0.5 * (in + out);
      case GEOMETRIC_MEAN -> Math.sqrt(in * out);
    };
  }
}
