package org.isonorm.spark.config;

/**
 * Group {@code optimizer.lookahead}.
 *
 * @param steps after which the slow weights follow and training goes on from them, 0 for none
 * @param decay share of themselves that the slow weights keep then, at the run's last step
 * @param decayPower power of the share of the run that is done, which the decay is multiplied by
 */
public record LookaheadConfig(int steps, double decay, double decayPower) {
  public LookaheadConfig {
    Checks.atLeast("optimizer.lookahead.steps", steps, 0);
    Checks.check(
        decay >= 0 && decay < 1,
        "optimizer.lookahead.decay",
        Checks.plain(decay),
        "must be in [0, 1)");
    Checks.notNegative("optimizer.lookahead.decay-power", decayPower);
  }
}
