package org.isonorm.spark.config;

import java.util.Optional;
import java.util.Set;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.definition.ParameterRule.Change;
import org.isonorm.network.parameters.ParameterKind;

/**
 * An element of {@code optimizer.overrides}: what is not given stays as it is.
 *
 * @param layers names of the layers, with {@code *} and {@code ?}; all if not given
 * @param kind which of their parameters; all if not given
 * @param learningRate their learning rate before the schedule
 * @param learningRateFactor what their learning rate is multiplied by
 * @param weightDecay their L2 coefficient
 * @param weightDecayFactor what their L2 coefficient is multiplied by
 * @param fromEpoch epochs after which it begins; the run's start if not given
 */
public record OptimizerOverrideConfig(
    Optional<String> layers,
    Optional<Kind> kind,
    Optional<Double> learningRate,
    Optional<Double> learningRateFactor,
    Optional<Double> weightDecay,
    Optional<Double> weightDecayFactor,
    Optional<Double> fromEpoch) {
  private static final String KEY = "optimizer.overrides";

  /** Which parameters of a layer. */
  public enum Kind {
    /** Weights of convolutions. */
    CONVOLUTIONS,
    /** Weights of the classifier. */
    CLASSIFIER,
    /** Scales and shifts of batch normalization. */
    BATCH_NORMALIZATION,
    /** Scales of batch normalization. */
    SCALES,
    /** Shifts of batch normalization. */
    SHIFTS,
    /** Biases of convolutions and classifier. */
    BIASES,
    /** Scalar biases and multipliers of Fixup. */
    SCALARS;

    Set<ParameterKind> kinds() {
      return switch (this) {
        case CONVOLUTIONS -> Set.of(ParameterKind.CONVOLUTION);
        case CLASSIFIER -> Set.of(ParameterKind.CLASSIFIER);
        case BATCH_NORMALIZATION -> Set.of(ParameterKind.SCALE, ParameterKind.SHIFT);
        case SCALES -> Set.of(ParameterKind.SCALE);
        case SHIFTS -> Set.of(ParameterKind.SHIFT);
        case BIASES -> Set.of(ParameterKind.BIAS);
        case SCALARS -> Set.of(ParameterKind.SCALAR);
      };
    }
  }

  public OptimizerOverrideConfig {
    layers.ifPresent(names -> Checks.notBlank(KEY, names));
    check(
        layers.isPresent() || kind.isPresent(),
        "nothing to tell which",
        "must give layers or kind");
    check(
        learningRate.isPresent()
            || learningRateFactor.isPresent()
            || weightDecay.isPresent()
            || weightDecayFactor.isPresent(),
        "nothing that differs",
        "must give learning-rate, learning-rate-factor, weight-decay or weight-decay-factor");
    check(
        learningRate.isEmpty() || learningRateFactor.isEmpty(),
        "learning-rate and learning-rate-factor",
        "must give one of them");
    check(
        weightDecay.isEmpty() || weightDecayFactor.isEmpty(),
        "weight-decay and weight-decay-factor",
        "must give one of them");
    learningRate.ifPresent(value -> Checks.notNegative(KEY, value));
    learningRateFactor.ifPresent(value -> Checks.notNegative(KEY, value));
    weightDecay.ifPresent(value -> Checks.notNegative(KEY, value));
    weightDecayFactor.ifPresent(value -> Checks.notNegative(KEY, value));
    fromEpoch.ifPresent(value -> Checks.notNegative(KEY, value));
  }

  /** Multiplies the learning rate of some parameters of every layer. */
  static OptimizerOverrideConfig learningRateFactor(Kind kind, double factor) {
    return new OptimizerOverrideConfig(
        Optional.empty(),
        Optional.of(kind),
        Optional.empty(),
        Optional.of(factor),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Sets the weight decay of some parameters of every layer. */
  static OptimizerOverrideConfig weightDecay(Kind kind, double value) {
    return new OptimizerOverrideConfig(
        Optional.empty(),
        Optional.of(kind),
        Optional.empty(),
        Optional.empty(),
        Optional.of(value),
        Optional.empty(),
        Optional.empty());
  }

  /** Multiplies the weight decay of some parameters of every layer. */
  static OptimizerOverrideConfig weightDecayFactor(Kind kind, double factor) {
    return new OptimizerOverrideConfig(
        Optional.empty(),
        Optional.of(kind),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(factor),
        Optional.empty());
  }

  /**
   * The override as the training step takes it.
   *
   * @param base the optimizer's learning rate, which steps have at the start of the schedule
   * @param stepsPerEpoch steps of one epoch, >= 1
   */
  ParameterRule rule(double base, long stepsPerEpoch) {
    return new ParameterRule(
        layers.orElse(ParameterRule.ALL_LAYERS),
        kind.map(Kind::kinds).orElse(ParameterRule.ALL_KINDS),
        learningRate
            .map(rate -> Change.to(rate / base))
            .orElse(Change.times(learningRateFactor.orElse(1.))),
        weightDecay.map(Change::to).orElse(Change.times(weightDecayFactor.orElse(1.))),
        1 + Math.round(fromEpoch.orElse(0.) * stepsPerEpoch));
  }

  /**
   * The override as it is where weight decay is not decoupled from the learning rate: the decay of
   * a step stays when the learning rate changes.
   */
  OptimizerOverrideConfig coupled() {
    boolean absolute =
        learningRate.isPresent() || weightDecay.filter(value -> value > 0).isPresent();
    check(
        !absolute,
        "learning-rate or weight-decay with optimizer.decoupled = true",
        "must give learning-rate-factor and weight-decay-factor, or weight-decay = 0");
    double factor = learningRateFactor.orElse(1.);
    return factor == 0 || weightDecay.isPresent()
        ? this
        : new OptimizerOverrideConfig(
            layers,
            kind,
            Optional.empty(),
            learningRateFactor,
            Optional.empty(),
            Optional.of(weightDecayFactor.orElse(1.) / factor),
            fromEpoch);
  }

  private static void check(boolean valid, String given, String requirement) {
    Checks.check(valid, KEY, given, requirement);
  }
}
