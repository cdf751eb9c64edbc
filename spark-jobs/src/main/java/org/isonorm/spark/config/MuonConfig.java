package org.isonorm.spark.config;

/**
 * Group {@code optimizer.muon}.
 *
 * @param momentum of the weights of convolutions, in [0, 1)
 * @param iterations of Newton and Schulz's that make a step orthogonal, >= 1
 */
public record MuonConfig(double momentum, int iterations) {
  public MuonConfig {
    Checks.check(
        momentum >= 0 && momentum < 1,
        "optimizer.muon.momentum",
        Checks.plain(momentum),
        "must be in [0, 1)");
    Checks.atLeast("optimizer.muon.iterations", iterations, 1);
  }
}
