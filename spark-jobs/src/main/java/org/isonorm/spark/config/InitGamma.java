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

  /**
   * The one at which layers start with the norms that training would take them to; measured by the
   * gradients of the start.
   *
   * @param global whether all layers share one
   */
  record Equilibrium(boolean global) implements InitGamma {
    @Override
    public String toString() {
      return global ? EQUILIBRIUM_GLOBAL : EQUILIBRIUM;
    }
  }

  String PAPER = "paper";
  String AUTO = "auto";
  String EQUILIBRIUM = "equilibrium";
  String EQUILIBRIUM_GLOBAL = "equilibrium-global";

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
    if (EQUILIBRIUM.equals(text) || EQUILIBRIUM_GLOBAL.equals(text)) {
      return new Equilibrium(EQUILIBRIUM_GLOBAL.equals(text));
    }
    double value;
    try {
      value = Double.parseDouble(String.valueOf(text));
    } catch (NumberFormatException e) {
      throw new InvalidSettingException(
          key, text, "must be a number, paper, auto, equilibrium or equilibrium-global");
    }
    Checks.positive(key, value);
    return new Fixed(value);
  }
}
