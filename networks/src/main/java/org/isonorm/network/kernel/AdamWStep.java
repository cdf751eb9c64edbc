package org.isonorm.network.kernel;

/**
 * The settings of one step of AdamW (Loshchilov and Hutter 2019, algorithm 2, with the decay scaled
 * by the learning rate as PyTorch has it), t steps from the start:
 *
 * <pre>
 * g' = gradientScale · g
 * m  = beta1 · m + (1 − beta1) · g'
 * v  = beta2 · v + (1 − beta2) · g'²
 * w  = (1 − learningRate · weightDecay) · w − learningRate · m/(1 − beta1^t) / (√(v/(1 − beta2^t)) + epsilon)
 * </pre>
 *
 * @param gradientScale 1 / batch where gradients are sums over the batch
 * @param step t, from 1
 */
public record AdamWStep(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double gradientScale,
    long step) {

  /** What is left of a weight by its decay. */
  public double kept() {
    return 1 - learningRate * weightDecay;
  }

  /** The learning rate over the correction of the first moment. */
  public double rate() {
    return learningRate / (1 - Math.pow(beta1, (double) step));
  }

  /** What the root of the second moment is multiplied by: the root of one over its correction. */
  public double rootScale() {
    return 1 / Math.sqrt(1 - Math.pow(beta2, (double) step));
  }
}
