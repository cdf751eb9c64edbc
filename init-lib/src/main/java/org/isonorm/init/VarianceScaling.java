package org.isonorm.init;

/**
 * The family most rules belong to: Var(w) = scale / fan.
 *
 * <p>Scale 1 suits a linear layer and 1/λ = 2 one followed by ReLU, where λ = E[φ(x)²] / Var(x) is
 * the share of the power that the activation φ lets through (He et al. 2015; Zhang et al. 2022,
 * eqns 21-24 and 34-36). The rule for nets with batch normalization has scale 2/γ (eqn 41).
 *
 * @param scale the numerator
 * @param mode what the denominator counts
 */
public record VarianceScaling(double scale, FanMode mode) {
  public VarianceScaling {
    Checks.positiveAndFinite("scale", scale);
  }

  /** The variance for a layer of that fan. */
  public double variance(Fan fan) {
    return scale / mode.of(fan);
  }

  /** The variance for a layer of that fan, pixels of the image counted. */
  public double variance(EffectiveFan fan) {
    return scale / mode.of(fan);
  }
}
