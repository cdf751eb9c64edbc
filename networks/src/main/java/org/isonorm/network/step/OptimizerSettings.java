package org.isonorm.network.step;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.parameters.FrozenLayers;

/**
 * What one stochastic-gradient step uses.
 *
 * @param learningRate η of this step, >= 0, before a rule changes it
 * @param momentum μ in [0, 1)
 * @param weightDecay L2 coefficient on the weights of convolutions and classifier, >= 0
 * @param nesterov whether the step looks ahead along the velocity (Nesterov) or follows it (heavy
 *     ball)
 * @param rules what is otherwise for some parameters, in the order of application
 * @param clipping bounds of the gradient
 * @param frozen layers that the step leaves as they are
 */
public record OptimizerSettings(
    double learningRate,
    double momentum,
    double weightDecay,
    boolean nesterov,
    List<ParameterRule> rules,
    GradientClipping clipping,
    FrozenLayers frozen)
    implements Serializable {
  public OptimizerSettings {
    check(
        learningRate >= 0 && Double.isFinite(learningRate), "learning-rate", learningRate, ">= 0");
    check(momentum >= 0 && momentum < 1, "momentum", momentum, "in [0, 1)");
    check(weightDecay >= 0 && Double.isFinite(weightDecay), "weight-decay", weightDecay, ">= 0");
    rules = List.copyOf(rules);
  }

  /** Settings that are the same for all parameters. */
  public OptimizerSettings(
      double learningRate, double momentum, double weightDecay, boolean nesterov) {
    this(
        learningRate,
        momentum,
        weightDecay,
        nesterov,
        List.of(),
        GradientClipping.NONE,
        FrozenLayers.NONE);
  }

  /** Nesterov's momentum, the form of Zhang et al. 2022. */
  public static OptimizerSettings nesterov(
      double learningRate, double momentum, double weightDecay) {
    return new OptimizerSettings(learningRate, momentum, weightDecay, true);
  }

  /** The same settings at another learning rate. */
  public OptimizerSettings withLearningRate(double rate) {
    return new OptimizerSettings(rate, momentum, weightDecay, nesterov, rules, clipping, frozen);
  }

  /** The same settings with other rules. */
  public OptimizerSettings withRules(List<ParameterRule> others) {
    return new OptimizerSettings(
        learningRate, momentum, weightDecay, nesterov, others, clipping, frozen);
  }

  /** The same settings with other bounds of the gradient. */
  public OptimizerSettings withClipping(GradientClipping others) {
    return new OptimizerSettings(
        learningRate, momentum, weightDecay, nesterov, rules, others, frozen);
  }

  /** The same settings with other frozen layers. */
  public OptimizerSettings withFrozen(FrozenLayers others) {
    return new OptimizerSettings(
        learningRate, momentum, weightDecay, nesterov, rules, clipping, others);
  }

  private static void check(boolean valid, String name, double value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be %s)", name, value, range));
    }
  }
}
