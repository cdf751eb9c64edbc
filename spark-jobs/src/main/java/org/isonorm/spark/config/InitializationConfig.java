package org.isonorm.spark.config;

import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationRule;

/**
 * Group {@code initialization}.
 *
 * @param rule rule of the convolutions
 * @param initGamma γ of rule bn-gamma
 * @param distribution normal, uniform or truncated-normal
 * @param std standard deviation of rule fixed-std
 * @param classifier rule of the classifier
 */
public record InitializationConfig(
    String rule, double initGamma, String distribution, double std, String classifier) {
  public InitializationConfig {
    Initialization valid = Initialization.bnGamma(1);
    Checks.delegate("initialization.rule", () -> InitializationRule.named(rule));
    Checks.delegate(
        "initialization.init-gamma",
        () ->
            new Initialization(
                valid.rule(), initGamma, valid.distribution(), valid.classifierRule()));
    Checks.delegate(
        "initialization.distribution",
        () ->
            new Initialization(
                valid.rule(), valid.initGamma(), distribution, valid.classifierRule()));
    Checks.positive("initialization.std", std);
    Checks.delegate(
        "initialization.classifier", () -> InitializationRule.forClassifier(classifier));
  }

  /** The choice as the initialization library takes it. */
  public Initialization initialization() {
    return new Initialization(rule, initGamma, distribution, classifier, std);
  }
}
