package org.isonorm.init;

import java.util.OptionalDouble;

/**
 * What an activation φ does to the power of a signal x ~ N(0, σ²) and of its error: λ = E[φ(x)²] /
 * σ² going forward and λ' = E[φ'(x)²] going backward, by quadrature. Both depend on σ unless φ is
 * homogeneous, as ReLU is (1/2 and 1/2).
 *
 * <p>Zhang et al. 2022 print the inverses below eqns 22 and 34, but derive and use these (λ of ReLU
 * = 1/2 turns eqn 22 into 24).
 *
 * @param forwardPower λ
 * @param backwardPower λ'
 */
public record ActivationGain(double forwardPower, double backwardPower) {
  public ActivationGain {
    Checks.positiveAndFinite("forward power of the activation", forwardPower);
    Checks.positiveAndFinite("backward power of the activation", backwardPower);
  }

  /**
   * The powers that the activation passes on at that standard deviation of its input.
   *
   * @throws IllegalArgumentException if the standard deviation is not > 0 and finite, or a power is
   *     not
   */
  public static ActivationGain of(Activation activation, double standardDeviation) {
    Checks.positiveAndFinite("standard deviation", standardDeviation);
    OptionalDouble slope = activation.negativeSlope();
    if (slope.isPresent()) {
      double power = (1 + square(slope.getAsDouble())) / 2;
      return new ActivationGain(power, power);
    }
    double outputPower = outputPower(activation, standardDeviation);
    double slopePower =
        Quadrature.normalExpectation(
            x -> square(activation.derivative().applyAsDouble(x)),
            standardDeviation,
            activation.kinks());
    return new ActivationGain(outputPower / square(standardDeviation), slopePower);
  }

  /** E[φ(x)²], not checked. */
  static double outputPower(Activation activation, double standardDeviation) {
    OptionalDouble slope = activation.negativeSlope();
    if (slope.isPresent()) {
      return (1 + square(slope.getAsDouble())) / 2 * square(standardDeviation);
    }
    return Quadrature.normalExpectation(
        x -> square(activation.function().applyAsDouble(x)), standardDeviation, activation.kinks());
  }

  /** 1/√λ, the factor on the weights of a layer that makes up for the activation; √2 for ReLU. */
  public double gain() {
    return 1 / Math.sqrt(forwardPower);
  }

  /** Var(w) = 1/(λ n), which keeps the forward norm (Zhang et al. 2022, eqn 22). */
  public VarianceScaling forward() {
    return new VarianceScaling(1 / forwardPower, FanMode.IN);
  }

  /** Var(w) = 1/(λ' m), which keeps the backward norm (Zhang et al. 2022, eqn 34). */
  public VarianceScaling backward() {
    return new VarianceScaling(1 / backwardPower, FanMode.OUT);
  }

  private static double square(double x) {
    return x * x;
  }
}
