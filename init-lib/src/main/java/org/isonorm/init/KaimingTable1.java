package org.isonorm.init;

import java.util.Locale;
import org.isonorm.init.Distribution.Constant;
import org.isonorm.init.Distribution.Normal;
import org.isonorm.init.Distribution.Uniform;

/**
 * What table 1 of Zhang et al. 2022 calls Kaiming: its baselines come from the code of GradInit
 * (Zhu et al. 2021), whose VGG, ResNet and DenseNet draw convolutions from N(0, 2/m), while its WRN
 * keeps the framework's default U(±1/√n) for weights and biases. Classifiers have the framework's
 * default too, but VGG's, N(0, .01²) with biases 0.
 */
final class KaimingTable1 {
  static final String NAME = "kaiming-table-1";

  private KaimingTable1() {}

  static WeightSampler weights(Initialization settings, Site site) {
    if (frameworkDefault(site)) {
      return InitializationRule.uniform(1. / 3, FanMode.IN, settings, site);
    }
    return site.kind() == LayerKind.CLASSIFIER
        ? new Normal(.01 * .01)
        : new Normal(InitializationRule.variance(2, FanMode.OUT, settings, site));
  }

  static Distribution bias(Site site) {
    return frameworkDefault(site)
        ? new Uniform(1. / (3 * site.layer().shape().fan().in()))
        : new Constant(0);
  }

  private static boolean frameworkDefault(Site site) {
    return switch (NetworkFamilies.of(site.network())) {
      case "vgg" -> false;
      case "wrn" -> true;
      case "resnet", "densenet" -> site.kind() == LayerKind.CLASSIFIER;
      default ->
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "Invalid rule: kaiming-table-1 for %s (table 1 has networks vgg-…, resnet-…, densenet-… and wrn-…; choose kaiming-fan-out)",
                  site.network()));
    };
  }
}
