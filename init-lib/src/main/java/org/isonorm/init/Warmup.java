package org.isonorm.init;

/**
 * What a start's norm is like, as a warmup of the learning rate. Weights that start longer than ω
 * turn slower than they will in equilibrium: their effective learning rate η/‖w_t‖² begins at the
 * share f = (ω/‖w_0‖)² of η/ω² and comes to it as their norm comes to ω ({@link
 * Equilibrium#normAfter}). On the way they miss
 *
 * <pre>
 * ∫ (1 − ω²/‖w_t‖²) dt = 2τ ln((1 + 1/f)/2)
 * </pre>
 *
 * steps of equilibrium; a linear warmup from f to 1 over N steps misses N(1 − f)/2. They are alike
 * at
 *
 * <pre>
 * N = 4τ ln((1 + 1/f)/2)/(1 − f),  2τ where f nears 1.
 * </pre>
 *
 * <p>Shorter weights than ω have f > 1: a rate that falls linearly.
 *
 * @param fraction f
 * @param steps N
 */
public record Warmup(double fraction, double steps) {
  /**
   * The warmup of a start; not finite without an equilibrium.
   *
   * @param start ‖w_0‖
   * @param equilibriumNorm ω
   * @param timeScale τ, {@link Equilibrium#steps}
   */
  public static Warmup of(double start, double equilibriumNorm, double timeScale) {
    double f = Math.pow(equilibriumNorm / start, 2);
    double missed = 1 - f;
    // ln((1 + 1/f)/2) = log1p(missed/2f), exact where f nears 1.
    double steps =
        missed == 0 ? 2 * timeScale : 4 * timeScale * Math.log1p(missed / (2 * f)) / missed;
    return new Warmup(f, steps);
  }
}
