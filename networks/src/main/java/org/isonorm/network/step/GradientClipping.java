package org.isonorm.network.step;

import java.io.Serializable;
import java.util.Locale;

/**
 * Bounds of the gradient of the mean loss over the batch, as a step takes it: before weight decay
 * is added to it and before momentum. The adaptive bound goes first.
 *
 * @param norm greatest Euclidean norm of the whole gradient, to which a longer one is scaled
 *     (Pascanu et al. 2013); 0 for none
 * @param adaptive c of adaptive gradient clipping (Brock et al. 2021, eqn 3): the gradient G of an
 *     output unit with weights W is scaled to c · max(‖W‖, .001) where it is longer; every vector
 *     counts as one unit, and the classifier is left alone; 0 for none
 */
public record GradientClipping(double norm, double adaptive) implements Serializable {
  /** No bound. */
  public static final GradientClipping NONE = new GradientClipping(0, 0);

  public GradientClipping {
    check("clip-norm", norm);
    check("adaptive-clipping", adaptive);
  }

  private static void check(String name, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be >= 0 and finite)", name, value));
    }
  }
}
