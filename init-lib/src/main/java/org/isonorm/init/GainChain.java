package org.isonorm.init;

import java.util.Locale;

/**
 * The power of the signal along a plain network at its first iteration, layer by layer: the
 * activation's λ and λ' depend on the standard deviation σ of the pre-activation they meet, and
 * that is what the layers before have made of it,
 *
 * <pre>σ_l² = n_l · Var(w_l) · E[φ(x)²],  x ~ N(0, σ_{l-1}²),</pre>
 *
 * <p>where the first layer meets the input instead of φ(x) (Zhang et al. 2022, eqns 16-22, without
 * their assumption that λ is one number). Batch normalization sets σ back to 1. Pooling and
 * shortcuts are not followed: their layers count as if they were one behind the other.
 *
 * <p>Immutable: a point of the network, from which {@link #after} leads to the next.
 */
public final class GainChain {
  private final Activation activation;
  private final boolean input;
  private final double variance;

  private GainChain(Activation activation, boolean input, double variance) {
    this.activation = activation;
    this.input = input;
    this.variance = variance;
  }

  /** At the network's input, which has mean square 1, as standardized images do. */
  public static GainChain atInput(Activation activation) {
    return atInput(activation, 1);
  }

  /**
   * At the network's input.
   *
   * @param power mean square of the input
   */
  public static GainChain atInput(Activation activation, double power) {
    Checks.positiveAndFinite("power of the input", power);
    return new GainChain(activation, true, power);
  }

  /** σ² of the pre-activation here; at the input, its mean square. */
  public double variance() {
    return variance;
  }

  /**
   * λ and λ' of the activation here, at this point's σ; at the input, where there is none, those at
   * σ = 1.
   *
   * @throws IllegalArgumentException if the signal has died out or overflowed before this point
   */
  public ActivationGain gain() {
    return ActivationGain.of(activation, input ? 1 : Math.sqrt(variance));
  }

  /** E[φ(x)²] of the signal that the next layer sums up; at the input, its mean square. */
  public double power() {
    return input ? variance : ActivationGain.outputPower(activation, Math.sqrt(variance));
  }

  /**
   * Behind the next layer.
   *
   * @param fanIn products that one of its outputs sums
   * @param weightPower mean square of its weights: their variance if they have mean 0
   */
  public GainChain after(double fanIn, double weightPower) {
    return new GainChain(activation, false, fanIn * weightPower * power());
  }

  /** Behind batch normalization, where σ = 1. */
  public GainChain normalized() {
    return new GainChain(activation, false, 1);
  }

  /**
   * σ² of every pre-activation of a plain network whose input has mean square 1.
   *
   * @param fansIn fan-in of every layer, in forward order
   * @param variances variance of every layer's weights
   */
  public static double[] variances(Activation activation, double[] fansIn, double[] variances) {
    if (fansIn.length != variances.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid variances: %d (must be one for each of %d fans)",
              variances.length,
              fansIn.length));
    }
    double[] signal = new double[fansIn.length];
    GainChain chain = atInput(activation);
    for (int i = 0; i < fansIn.length; i++) {
      chain = chain.after(fansIn[i], variances[i]);
      signal[i] = chain.variance();
    }
    return signal;
  }
}
