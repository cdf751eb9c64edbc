package org.isonorm.network.step;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.step.OptimizerMethod.Sgd;

/**
 * What one step of an optimizer uses.
 *
 * @param learningRate η of this step, >= 0, before a rule changes it
 * @param method how the gradient becomes a step
 * @param weightDecay coefficient on the weights of convolutions and classifier, >= 0
 * @param decaySchedule how every weight decay, that of rules too, follows the learning rate
 * @param rules what is otherwise for some parameters, some from a step on, in the order of
 *     application
 * @param clipping bounds of the gradient
 * @param frozen layers that the step leaves as they are
 * @param fixedNorm whether filters whose length does not matter keep it
 * @param step the step's number in the run, from 1, by which AdamW corrects its moments' bias
 */
public record OptimizerSettings(
    double learningRate,
    OptimizerMethod method,
    double weightDecay,
    DecaySchedule decaySchedule,
    List<ParameterRule> rules,
    GradientClipping clipping,
    FrozenLayers frozen,
    boolean fixedNorm,
    long step)
    implements Serializable {
  public OptimizerSettings {
    check(
        learningRate >= 0 && Double.isFinite(learningRate), "learning-rate", learningRate, ">= 0");
    check(weightDecay >= 0 && Double.isFinite(weightDecay), "weight-decay", weightDecay, ">= 0");
    if (step < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid step: %d (must be >= 1)", step));
    }
    rules = List.copyOf(rules);
  }

  /** The first step's settings, the same for all parameters. */
  public OptimizerSettings(double learningRate, OptimizerMethod method, double weightDecay) {
    this(
        learningRate,
        method,
        weightDecay,
        DecaySchedule.CONSTANT,
        List.of(),
        GradientClipping.NONE,
        FrozenLayers.NONE,
        /* fixedNorm= */ false,
        /* step= */ 1);
  }

  /** Settings of stochastic gradient descent that are the same for all parameters. */
  public OptimizerSettings(
      double learningRate, double momentum, double weightDecay, boolean nesterov) {
    this(learningRate, new Sgd(momentum, nesterov), weightDecay);
  }

  /** Nesterov's momentum, the form of Zhang et al. 2022. */
  public static OptimizerSettings nesterov(
      double learningRate, double momentum, double weightDecay) {
    return new OptimizerSettings(learningRate, momentum, weightDecay, true);
  }

  /** The rules of this step. */
  public List<ParameterRule> rulesNow() {
    return ParameterRule.at(step, rules);
  }

  /** The same settings at another learning rate. */
  public OptimizerSettings withLearningRate(double rate) {
    return new OptimizerSettings(
        rate, method, weightDecay, decaySchedule, rules, clipping, frozen, fixedNorm, step);
  }

  /**
   * The settings of another step.
   *
   * @param number from 1
   */
  public OptimizerSettings atStep(long number, double rate) {
    return new OptimizerSettings(
        rate, method, weightDecay, decaySchedule, rules, clipping, frozen, fixedNorm, number);
  }

  /** The same settings with a weight decay that follows the learning rate otherwise. */
  public OptimizerSettings withDecaySchedule(DecaySchedule other) {
    return new OptimizerSettings(
        learningRate, method, weightDecay, other, rules, clipping, frozen, fixedNorm, step);
  }

  /** What every weight decay of this step is multiplied by. */
  double decayFactor() {
    return decaySchedule.factor(learningRate);
  }

  /** The same settings with other rules. */
  public OptimizerSettings withRules(List<ParameterRule> others) {
    return new OptimizerSettings(
        learningRate,
        method,
        weightDecay,
        decaySchedule,
        others,
        clipping,
        frozen,
        fixedNorm,
        step);
  }

  /** The same settings with other bounds of the gradient. */
  public OptimizerSettings withClipping(GradientClipping others) {
    return new OptimizerSettings(
        learningRate, method, weightDecay, decaySchedule, rules, others, frozen, fixedNorm, step);
  }

  /** The same settings with other frozen layers. */
  public OptimizerSettings withFrozen(FrozenLayers others) {
    return new OptimizerSettings(
        learningRate, method, weightDecay, decaySchedule, rules, clipping, others, fixedNorm, step);
  }

  /** The same settings with filters that keep their length, or not. */
  public OptimizerSettings withFixedNorm(boolean value) {
    return new OptimizerSettings(
        learningRate, method, weightDecay, decaySchedule, rules, clipping, frozen, value, step);
  }

  /**
   * The method, for whom knows no other than stochastic gradient descent.
   *
   * @throws UnsupportedOperationException if it is another one
   */
  public Sgd sgd() {
    if (method instanceof Sgd sgd) {
      return sgd;
    }
    throw new UnsupportedOperationException(
        String.format(Locale.ROOT, "Unsupported optimizer: %s (must be sgd)", method));
  }

  private static void check(boolean valid, String name, double value, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid %s: %s (must be %s)", name, value, range));
    }
  }
}
