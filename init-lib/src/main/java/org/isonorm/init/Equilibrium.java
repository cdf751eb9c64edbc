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
 * <p>Of the average of K workers' weights, taken every H steps, on batches that share a global one:
 *
 * <pre>
 * ω⁴ = η E‖g̃‖² / (2λ(1 − α)) · (q + 1)/(2 + K(q − 1)),  q = e^((H − 1)/(2τ)), g̃ of the global batch
 * cos(angle between two averages) = e^(−a/2),  a = 2ηλ(1 − α)·(variance of H steps' displacement, of one gradient's η²‖g‖²)
 * </pre>
 *
 * <p>Between two averages a worker's ‖w‖² = u goes by u' = KA/u − cu, the average's by A/u − cu, A
 * = c ω⁴ of K = 1 and c = 1/(2τ): noise of variance K in a worker is of variance 1 in the average.
 * At the start of a round, whose first gradient is taken there, both are the same, and what the
 * average is at its end must be what it was.
 *
 * @param learningRate η
 * @param weightDecay λ, added to the gradient
 * @param momentum α
 * @param nesterov whether steps look ahead along the velocity
 */
public record Equilibrium(
    double learningRate, double weightDecay, double momentum, boolean nesterov) {
  /**
   * How weights are averaged.
   *
   * @param workers K that share a global batch, >= 1
   * @param frequency H, steps between two averages, >= 1
   */
  public record Averaging(int workers, long frequency) {
    /** One worker, whose weights are what they are after every step. */
    public static final Averaging NONE = new Averaging(1, 1);

    public Averaging {
      if (workers < 1 || frequency < 1) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid averaging: %d workers every %d steps (must be >= 1)",
                workers,
                frequency));
      }
    }
  }

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

  /**
   * ω of the average of workers' weights, right after they were averaged. That of {@link #norm} for
   * one worker or averaging often against τ; less where workers have the time to grow longer, each
   * by noise of its own, than their average does: ω·K^(−1/4) in the end.
   *
   * @param squaredGradient E‖g̃‖² of the global batch, all of it noise
   */
  public double norm(double squaredGradient, Averaging averaging) {
    double left = Math.exp((1 - averaging.frequency()) / (2 * steps())); // 1/q does not overflow
    return norm(squaredGradient)
        * Math.pow((1 + left) / (1 + left + (averaging.workers() - 1) * (1 - left)), .25);
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

  /**
   * The angle in radians between weights in equilibrium and those some steps later, of one worker
   * or of the average of several, however often it is taken. Steps are not independent: by momentum
   * a gradient's share of later ones lies along its first.
   */
  public double rotation(long steps) {
    double a = momentum;
    double n = steps;
    // A gradient g moves the weights by ηg·h_j at the step j later; Σ h_j h_(j+k) is
    // covariance·a^k.
    double tail = nesterov ? Math.pow(a, 4) / (1 - a * a) : 1 / (1 - a * a);
    double variance = nesterov ? (1 + a) * (1 + a) + tail : tail;
    double covariance = nesterov ? a * (1 + a) + tail : tail;
    double pairs = a * (n * (1 - a) - (1 - Math.pow(a, n))) / ((1 - a) * (1 - a));
    double squared =
        2 * learningRate * weightDecay * (1 - a) * (n * variance + 2 * covariance * pairs);
    return Math.acos(Math.exp(-squared / 2));
  }
}
