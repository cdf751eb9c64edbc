package org.isonorm.spark.config;

import org.isonorm.data.augmentation.MixingMethod;
import org.isonorm.data.augmentation.MixingSettings;

/**
 * Group {@code augmentation.mixing}.
 *
 * @param method what is done to a batch
 * @param probability of a batch being mixed
 * @param alpha of λ ~ Beta(α, α)
 */
public record MixingConfig(MixingMethod method, double probability, double alpha) {
  public MixingConfig {
    Checks.check(
        probability >= 0 && probability <= 1,
        "augmentation.mixing.probability",
        Checks.plain(probability),
        "must be in [0, 1]");
    Checks.positive("augmentation.mixing.alpha", alpha);
  }

  MixingSettings settings() {
    return new MixingSettings(method, probability, alpha);
  }
}
