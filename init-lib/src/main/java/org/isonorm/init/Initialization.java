package org.isonorm.init;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The choice of how a network starts; every value is checked here, so that what a plan can still
 * object to is the network alone.
 *
 * @param rule name of the rule for convolutions, see {@link InitializationRule#all()}
 * @param initGamma γ of the batch-normalization rule Var(w) = 2/(γ m); other rules ignore it
 * @param distribution normal, uniform or truncated-normal
 * @param classifierRule name of the rule for the classifier, see {@link
 *     InitializationRule#allForClassifier()}
 * @param std standard deviation of the rule fixed-std; other rules ignore it
 * @param activation the network's activation; read by the rules that name λ, λ', the slope a or a
 *     gain
 * @param fanCount how a convolution's fans are counted, for every rule that names them
 * @param zeroResidualScales whether the last scale of batch normalization in every residual branch
 *     starts at 0 instead of 1, so that each block starts as its shortcut (zero-γ, Goyal et al.
 *     2017)
 * @param overrides settings that are others for some layers; of several for a layer the last wins
 */
public record Initialization(
    String rule,
    double initGamma,
    String distribution,
    String classifierRule,
    double std,
    Activation activation,
    FanCount fanCount,
    boolean zeroResidualScales,
    List<LayerOverride> overrides) {

  /** Standard deviation of Krizhevsky et al. 2012. */
  public static final double DEFAULT_STD = .01;

  public Initialization {
    InitializationRule.named(rule);
    Checks.positiveAndFinite("init-gamma", initGamma);
    if (!Distribution.names().contains(distribution)) {
      throw NearestName.unknown("distribution", distribution, Distribution.names());
    }
    InitializationRule.forClassifier(classifierRule);
    Checks.positiveAndFinite("std", std);
    overrides = List.copyOf(overrides);
  }

  /** A choice for networks of ReLU, with fans by the kernel and no overrides. */
  public Initialization(
      String rule, double initGamma, String distribution, String classifierRule, double std) {
    this(
        rule,
        initGamma,
        distribution,
        classifierRule,
        std,
        Activation.named("relu"),
        FanCount.KERNEL,
        false,
        List.of());
  }

  /** A choice with the default standard deviation of fixed-std. */
  public Initialization(String rule, double initGamma, String distribution, String classifierRule) {
    this(rule, initGamma, distribution, classifierRule, DEFAULT_STD);
  }

  /** The batch-normalization rule (Zhang et al. 2022, eqn 41), normal weights, classifier 1/n. */
  public static Initialization bnGamma(double initGamma) {
    return new Initialization("bn-gamma", initGamma, "normal", "1/n");
  }

  /** A rule that does not read γ, with normal weights, classifier 1/n. */
  public static Initialization byRule(String rule) {
    return new Initialization(rule, 1, "normal", "1/n");
  }

  /** The same choice for a network of that activation. */
  public Initialization withActivation(Activation value) {
    return new Initialization(
        rule,
        initGamma,
        distribution,
        classifierRule,
        std,
        value,
        fanCount,
        zeroResidualScales,
        overrides);
  }

  /** The same choice with fans counted so. */
  public Initialization withFanCount(FanCount value) {
    return new Initialization(
        rule,
        initGamma,
        distribution,
        classifierRule,
        std,
        activation,
        value,
        zeroResidualScales,
        overrides);
  }

  /** The same choice with residual branches that start at 0, or not. */
  public Initialization withZeroResidualScales(boolean value) {
    return new Initialization(
        rule, initGamma, distribution, classifierRule, std, activation, fanCount, value, overrides);
  }

  /** The same choice with these overrides after its own. */
  public Initialization withOverrides(List<LayerOverride> values) {
    List<LayerOverride> all = new ArrayList<>(overrides);
    all.addAll(values);
    return new Initialization(
        rule,
        initGamma,
        distribution,
        classifierRule,
        std,
        activation,
        fanCount,
        zeroResidualScales,
        all);
  }

  /**
   * The same choice with other γ, which its overrides go before.
   *
   * @param ofAll γ of all other layers
   * @param byLayer γ by the layer's name
   */
  public Initialization withInitGammas(double ofAll, Map<String, Double> byLayer) {
    List<LayerOverride> all = new ArrayList<>();
    byLayer.forEach((layer, value) -> all.add(LayerOverride.initGamma(layer, value)));
    all.addAll(overrides);
    return new Initialization(
        rule,
        ofAll,
        distribution,
        classifierRule,
        std,
        activation,
        fanCount,
        zeroResidualScales,
        all);
  }

  /** The choice as it is for one layer, without overrides. */
  Initialization forLayer(LayerTopology layer) {
    String layerRule = layer.kind() == LayerKind.CLASSIFIER ? classifierRule : rule;
    double layerGamma = initGamma;
    String layerDistribution = distribution;
    double layerStd = std;
    for (LayerOverride override : overrides) {
      if (override.matches(layer.name())) {
        layerRule = override.rule().orElse(layerRule);
        layerGamma = override.initGamma().orElse(layerGamma);
        layerDistribution = override.distribution().orElse(layerDistribution);
        layerStd = override.std().orElse(layerStd);
      }
    }
    boolean classifier = layer.kind() == LayerKind.CLASSIFIER;
    return new Initialization(
        classifier ? rule : layerRule,
        layerGamma,
        layerDistribution,
        classifier ? layerRule : classifierRule,
        layerStd,
        activation,
        fanCount,
        zeroResidualScales,
        List.of());
  }
}
