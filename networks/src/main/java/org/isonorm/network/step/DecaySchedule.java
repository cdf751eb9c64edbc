package org.isonorm.network.step;

import java.io.Serializable;
import java.util.Locale;

/** How the weight decay of a step follows its learning rate. */
public sealed interface DecaySchedule extends Serializable {
  /** The same at every rate. */
  DecaySchedule CONSTANT = new Constant();

  /** What the weight decay is multiplied by. */
  double factor(double learningRate);

  /** It does not follow. */
  record Constant() implements DecaySchedule {
    @Override
    public double factor(double learningRate) {
      return 1;
    }
  }

  /**
   * λ_t = λ η_t/η, so that the norms of {@link org.isonorm.init.Equilibrium} stay where they are
   * when the rate changes (SGDC and AdamC, Defazio 2025, arXiv 2506.02285; there of normalized
   * layers alone).
   *
   * @param highest η, the rate at which the decay is whole
   */
  record WithRate(double highest) implements DecaySchedule {
    public WithRate {
      if (!(highest > 0 && Double.isFinite(highest))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "Invalid learning rate: %s (must be > 0 and finite)", highest));
      }
    }

    @Override
    public double factor(double learningRate) {
      return learningRate / highest;
    }
  }
}
