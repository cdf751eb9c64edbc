package org.isonorm.init;

import java.util.Locale;
import org.isonorm.init.Distribution.Constant;

/**
 * Fixup (Zhang, Dauphin and Ma 2019) for residual networks without normalization: the classifier
 * and the last convolution of every branch start at 0, the p − 1 others of a branch at a standard
 * deviation L^(−1/(2p − 2)) times He's √(2/m), where L is the number of branches, and all else at
 * He's. Then a step of the optimizer changes the network's output by an amount that does not depend
 * on its depth. It needs scalar biases, which start at 0, and a scalar multiplier a branch, which
 * starts at 1; both are trained at a tenth of the learning rate.
 */
final class Fixup {
  static final String NAME = "fixup";

  private Fixup() {}

  static WeightSampler weights(Initialization settings, Site site) {
    if (site.kind() == LayerKind.CLASSIFIER || site.branch().map(BranchPlace::last).orElse(false)) {
      return new Constant(0);
    }
    double shrinkage = site.branch().map(Fixup::shrinkage).orElse(1.);
    return InitializationRule.scaled(2 * shrinkage, FanMode.OUT, settings, site);
  }

  /** The factor on the variance, L^(−1/(p − 1)). */
  private static double shrinkage(BranchPlace place) {
    return Math.pow(place.branches(), -1. / (place.length() - 1));
  }

  /**
   * Refuses the rule on a network without the scalars, and such a network with another rule.
   *
   * @throws IllegalArgumentException in either case
   */
  static void check(NetworkTopology topology, Initialization settings) {
    boolean scalars = topology.branches().stream().anyMatch(ResidualBranch::multiplied);
    boolean asked = settings.rule().equals(NAME);
    if (asked && !scalars) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid rule: fixup for %s, which has no scalar biases and multipliers (build it with them, as network.fixup = true does for resnet-D and wrn-D-K, or choose another rule)",
              topology.network()));
    }
    if (scalars && !asked) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid rule: %s for %s with scalar biases and multipliers (must be fixup; network.fixup = false builds it without them)",
              settings.rule(),
              topology.network()));
    }
  }
}
