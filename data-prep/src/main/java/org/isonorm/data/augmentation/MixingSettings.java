package org.isonorm.data.augmentation;

import java.io.Serializable;
import java.util.Locale;

/**
 * How batches are mixed.
 *
 * @param method what is done to a batch
 * @param probability of a batch being mixed
 * @param alpha of λ ~ Beta(α, α); ResizeMix has none
 */
public record MixingSettings(MixingMethod method, double probability, double alpha)
    implements Serializable {
  /** Batches as they are. */
  public static final MixingSettings NONE = new MixingSettings(MixingMethod.NONE, 1, 1);

  public MixingSettings {
    Checks.probability("mixing", probability);
    if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid mixing alpha: %s (must be > 0 and finite)", alpha));
    }
  }
}
