package org.isonorm.spark.config;

/** The γ of rule bn-gamma, as the configuration gives it. */
public sealed interface InitGamma {
  /** Itself. */
  record Fixed(double value) implements InitGamma {
    @Override
    public String toString() {
      return Checks.plain(value);
    }
  }

  /** The paper's for the network and data set. */
  record Paper() implements InitGamma {
    @Override
    public String toString() {
      return PAPER;
    }
  }

  /** The one at which learning rate × γ is what the paper's settings make it. */
  record Auto() implements InitGamma {
    @Override
    public String toString() {
      return AUTO;
    }
  }

  String PAPER = "paper";
  String AUTO = "auto";

  /**
   * Reads it.
   *
   * @param key the key it stands at
   */
  static InitGamma parse(String key, String text) {
    if (PAPER.equals(text)) {
      return new Paper();
    }
    if (AUTO.equals(text)) {
      return new Auto();
    }
    double value;
    try {
      value = Double.parseDouble(String.valueOf(text));
    } catch (NumberFormatException e) {
      throw new InvalidSettingException(key, text, "must be a number, paper or auto");
    }
    Checks.positive(key, value);
    return new Fixed(value);
  }
}
