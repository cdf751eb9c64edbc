package org.isonorm.init;

/**
 * Adam on the scales of tensors, as GradInit's released code has it: derivatives are clipped to ±1,
 * objective and constraint steps keep first moments of their own and share the second, bias
 * correction counts the steps of the kind for the first and all steps for the second, and a scale
 * stays above a least value.
 */
final class RescaleAdam {
  /** What a step is taken for. */
  enum Kind {
    OBJECTIVE,
    CONSTRAINT
  }

  private static final double BETA_1 = .9;
  private static final double BETA_2 = .999;
  private static final double EPSILON = 1e-8;
  private static final double CLIP = 1;

  private final double learningRate;
  private final double[] least;
  private final double[][] first;
  private final double[] second;
  private final int[] steps = new int[Kind.values().length];
  private int allSteps;

  /**
   * @param learningRate of every step
   * @param least least value of every scale
   */
  RescaleAdam(double learningRate, double[] least) {
    this.learningRate = learningRate;
    this.least = least.clone();
    this.first = new double[Kind.values().length][least.length];
    this.second = new double[least.length];
  }

  /**
   * Moves the scales of the tensors that are tuned.
   *
   * @param derivatives of the objective or constraint by each scale
   */
  void step(Kind kind, double[] scales, double[] derivatives, boolean[] tuned) {
    int own = ++steps[kind.ordinal()];
    allSteps++;
    for (int i = 0; i < scales.length; i++) {
      if (!tuned[i]) {
        continue;
      }
      double derivative = Math.max(-CLIP, Math.min(CLIP, derivatives[i]));
      double[] moment = first[kind.ordinal()];
      moment[i] = BETA_1 * moment[i] + (1 - BETA_1) * derivative;
      second[i] = BETA_2 * second[i] + (1 - BETA_2) * derivative * derivative;
      double direction = moment[i] / (1 - Math.pow(BETA_1, own));
      double size = Math.sqrt(second[i] / (1 - Math.pow(BETA_2, allSteps)));
      scales[i] = Math.max(scales[i] - learningRate * direction / (size + EPSILON), least[i]);
    }
  }
}
