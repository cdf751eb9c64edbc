package org.isonorm.init;

import java.util.Locale;

/**
 * Where stochastic gradient descent with weight decay takes weights whose length does not matter,
 * as before batch normalization: L(cw) = L(w), so that ∇L is orthogonal to w and g̃ = ‖w‖·∇L does
 * not depend on ‖w‖. Gradients lengthen such weights and decay shortens them, until both are in
 * balance: then the norm stays and every step turns the weights by the same angle, whatever they
 * started from.
 *
 * <p>For V = αV + ∇L + λw, w −= ηV (heavy ball) or w −= η(∇L + λw + αV) (Nesterov), and gradients
 * of successive steps that are independent:
 *
 * <pre>
 * ω⁴ = η E‖g̃‖² / (2λ(1 − α))                            α = 0: Defazio 2025 (arXiv 2506.02285)
 * ‖w_t‖⁴ = ω⁴ + (‖w_0‖⁴ − ω⁴) e^(−t/τ),  τ = (1 − α)/(4ηλ)    Li, Lyu and Arora 2020 (arXiv 2010.02916)
 * angle² = 2ηλ/(1 + α)                                  Wan et al. 2020 (2006.08419), Kosson et al. 2023 (2305.17212)
 * angle² = 2ηλ(1 − α)((1 + α)² + α⁴/(1 − α²))           Nesterov, derived and simulated here
 * </pre>
 *
 * @param learningRate η
 * @param weightDecay λ, added to the gradient
 * @param momentum α
 * @param nesterov whether steps look ahead along the velocity
 */
public record Equilibrium(
    double learningRate, double weightDecay, double momentum, boolean nesterov) {
  public Equilibrium {
    Checks.positiveAndFinite("learning rate", learningRate);
    if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid weight decay: %s (must be >= 0 and finite)",
              Checks.plain(weightDecay)));
    }
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid momentum: %s (must be in [0, 1))", Checks.plain(momentum)));
    }
  }

  /**
   * ω, the norm in equilibrium; infinite without weight decay.
   *
   * @param squaredGradient E‖g̃‖², the mean of ‖w‖²‖∇L‖²
   */
  public double norm(double squaredGradient) {
    return Math.pow(learningRate * squaredGradient / (2 * weightDecay * (1 - momentum)), .25);
  }

  /** τ, the steps in which the share e⁻¹ of ‖w_0‖⁴ − ω⁴ is left; infinite without weight decay. */
  public double steps() {
    return (1 - momentum) / (4 * learningRate * weightDecay);
  }

  /** The norm on the way from a start to ω. */
  public double normAfter(double steps, double start, double equilibriumNorm) {
    double end = Math.pow(equilibriumNorm, 4);
    return Math.pow(end + (Math.pow(start, 4) - end) * Math.exp(-steps / steps()), .25);
  }

  /** The angle in radians by which a step turns the weights in equilibrium. */
  public double rotation() {
    double a = momentum;
    double squared =
        nesterov ? (1 - a) * ((1 + a) * (1 + a) + Math.pow(a, 4) / (1 - a * a)) : 1 / (1 + a);
    return Math.sqrt(2 * learningRate * weightDecay * squared);
  }
}
