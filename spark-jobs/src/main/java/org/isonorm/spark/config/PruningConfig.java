package org.isonorm.spark.config;

/**
 * Group {@code grid.pruning}: asynchronous successive halving (Li et al. 2020).
 *
 * @param enabled whether trials are stopped early
 * @param reduction of so many trials at a rung, one goes on
 * @param firstRungEpochs epochs before the first rung; each further rung has reduction times as
 *     many
 */
public record PruningConfig(boolean enabled, int reduction, int firstRungEpochs) {
  public PruningConfig {
    Checks.atLeast("grid.pruning.reduction", reduction, 2);
    Checks.atLeast("grid.pruning.first-rung-epochs", firstRungEpochs, 1);
  }
}
