package org.isonorm.init;

import java.io.Serializable;

/**
 * The choice of how a network starts; every value is checked here, so that an instance can always
 * be planned with.
 *
 * @param rule name of the rule for convolutions, see {@link InitializationRule#all()}
 * @param initGamma γ of the batch-normalization rule Var(w) = 2/(γ m); other rules ignore it
 * @param distribution normal, uniform or truncated-normal
 * @param classifierRule name of the rule for the classifier, see {@link
 *     InitializationRule#allForClassifier()}
 * @param std standard deviation of the rule fixed-std; other rules ignore it
 */
public record Initialization(
    String rule, double initGamma, String distribution, String classifierRule, double std)
    implements Serializable {
  private static final long serialVersionUID = 1L;

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
  }

  /** A choice with the default standard deviation of fixed-std. */
  public Initialization(String rule, double initGamma, String distribution, String classifierRule) {
    this(rule, initGamma, distribution, classifierRule, DEFAULT_STD);
  }

  /** The batch-normalization rule (Zhang et al. 2022, eqn 41), normal weights, classifier 1/n. */
  public static Initialization bnGamma(double initGamma) {
    return new Initialization("bn-gamma", initGamma, "normal", "1/n");
  }
}
