package org.isonorm.spark.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.step.DecaySchedule;
import org.isonorm.network.step.OptimizerMethod;
import org.isonorm.spark.config.OptimizerOverrideConfig.Kind;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.schedule.Plateau;

/**
 * Group {@code optimizer}.
 *
 * @param method how the gradient becomes a step
 * @param learningRate learning rate before the schedule
 * @param momentum of SGD, in [0, 1)
 * @param nesterov whether a step of SGD looks ahead along the velocity
 * @param beta1 decay of AdamW's first moments, in [0, 1)
 * @param beta2 decay of AdamW's second moments, in [0, 1)
 * @param epsilon of AdamW, > 0
 * @param muon what Muon does with convolutions
 * @param weightDecay coefficient of the weights of convolutions and classifier
 * @param decaySchedule how the weight decay follows the learning rate
 * @param fixedNorm whether filters whose length does not matter keep it
 * @param decoupled whether learning rate and weight decay are those of 1024 examples, each without
 *     a share in what the other or momentum does
 * @param clipNorm greatest norm of the gradient, 0 for none
 * @param adaptiveClipping greatest norm of a unit's gradient by that of its weights, 0 for none
 * @param emaDecay decay of the moving average of the parameters in [0, 1), 0 for none
 * @param lookahead weights that follow those that are trained, and then lead them
 * @param schedule how the rate changes over the run
 * @param warmupEpochs epochs of linear warmup, 0 for none
 * @param stepEpochs epochs after which schedule step lowers the rate, increasing
 * @param stepFactor factor of the rate at each of them
 * @param schedulePoints between which schedule piecewise draws lines, by increasing epoch
 * @param plateau when schedule plateau lowers the rate, and by how much
 * @param frozen names of layers that are not trained, with {@code *} and {@code ?}
 * @param overrides what is otherwise for some parameters, each applied to what those before it left
 */
public record OptimizerConfig(
    Method method,
    double learningRate,
    double momentum,
    boolean nesterov,
    double beta1,
    double beta2,
    double epsilon,
    MuonConfig muon,
    double weightDecay,
    Decay decaySchedule,
    boolean fixedNorm,
    boolean decoupled,
    double clipNorm,
    double adaptiveClipping,
    double emaDecay,
    LookaheadConfig lookahead,
    Schedule schedule,
    double warmupEpochs,
    List<Integer> stepEpochs,
    double stepFactor,
    List<SchedulePointConfig> schedulePoints,
    PlateauConfig plateau,
    List<String> frozen,
    List<OptimizerOverrideConfig> overrides) {

  /** Examples that a decoupled learning rate and weight decay are of. */
  private static final double EXAMPLES = 1024;

  /** How the gradient becomes a step. */
  public enum Method {
    /** Stochastic gradient descent with momentum. */
    SGD,
    /** Adam with decoupled weight decay. */
    ADAMW,
    /** Orthogonal steps of convolutions, stochastic gradient descent of all else. */
    MUON,
    /** Stochastic gradient descent whose steps do not go along weights whose length is moot. */
    SGDP
  }

  /** How the weight decay changes over the run. */
  public enum Decay {
    /** The same always. */
    CONSTANT,
    /** As the learning rate does. */
    WITH_RATE
  }

  /** How the learning rate changes over the run. */
  public enum Schedule {
    /** Half a cosine to 0, a new rate every step. */
    COSINE,
    /** The same rate always. */
    CONSTANT,
    /** Multiplied by a factor after given epochs. */
    STEP,
    /** Straight lines between given points. */
    PIECEWISE,
    /** Multiplied by a factor when the validation accuracy stops rising. */
    PLATEAU
  }

  public OptimizerConfig {
    Checks.positive("optimizer.learning-rate", learningRate);
    Checks.check(
        momentum >= 0 && momentum < 1,
        "optimizer.momentum",
        Checks.plain(momentum),
        "must be in [0, 1)");
    Checks.check(
        beta1 >= 0 && beta1 < 1, "optimizer.beta1", Checks.plain(beta1), "must be in [0, 1)");
    Checks.check(
        beta2 >= 0 && beta2 < 1, "optimizer.beta2", Checks.plain(beta2), "must be in [0, 1)");
    Checks.positive("optimizer.epsilon", epsilon);
    Checks.notNegative("optimizer.weight-decay", weightDecay);
    Checks.check(
        !decoupled || method == Method.SGD,
        "optimizer.decoupled",
        decoupled,
        "must be false with another optimizer.method than sgd, of whose momentum it is");
    Checks.notNegative("optimizer.clip-norm", clipNorm);
    Checks.notNegative("optimizer.adaptive-clipping", adaptiveClipping);
    Checks.check(
        emaDecay >= 0 && emaDecay < 1,
        "optimizer.ema-decay",
        Checks.plain(emaDecay),
        "must be in [0, 1)");
    Checks.check(
        emaDecay == 0 || lookahead.steps() == 0,
        "optimizer.ema-decay",
        Checks.plain(emaDecay),
        "must be 0 with optimizer.lookahead.steps = "
            + lookahead.steps()
            + ": each evaluates its own average of the weights");
    Checks.notNegative("optimizer.warmup-epochs", warmupEpochs);
    stepEpochs = List.copyOf(stepEpochs);
    for (int i = 0; i < stepEpochs.size(); i++) {
      Checks.check(
          stepEpochs.get(i) > (i == 0 ? 0 : stepEpochs.get(i - 1)),
          "optimizer.step-epochs",
          stepEpochs,
          "must be > 0 and increase");
    }
    Checks.check(
        schedule != Schedule.STEP || !stepEpochs.isEmpty(),
        "optimizer.step-epochs",
        stepEpochs,
        "must hold at least one epoch for schedule step, as in [100, 150]");
    Checks.check(
        stepFactor > 0 && stepFactor <= 1,
        "optimizer.step-factor",
        Checks.plain(stepFactor),
        "must be in (0, 1]");
    schedulePoints = List.copyOf(schedulePoints);
    for (int i = 1; i < schedulePoints.size(); i++) {
      Checks.check(
          schedulePoints.get(i).epoch() > schedulePoints.get(i - 1).epoch(),
          SchedulePointConfig.KEY,
          ConfigRenderer.literal(schedulePoints),
          "epochs must increase");
    }
    Checks.check(
        schedule != Schedule.PIECEWISE || schedulePoints.size() > 1,
        SchedulePointConfig.KEY,
        ConfigRenderer.literal(schedulePoints),
        "must hold at least two points for schedule piecewise, as in [{epoch = 0, factor = 0.2},"
            + " {epoch = 46, factor = 1}, {epoch = 200, factor = 0}]");
    Checks.check(
        schedule != Schedule.PIECEWISE
            || schedulePoints.stream().anyMatch(point -> point.factor() > 0),
        SchedulePointConfig.KEY,
        ConfigRenderer.literal(schedulePoints),
        "must have a factor > 0");
    frozen = List.copyOf(frozen);
    frozen.forEach(pattern -> Checks.notBlank("optimizer.frozen", pattern));
    overrides = List.copyOf(overrides);
    if (decoupled) {
      overrides.forEach(OptimizerOverrideConfig::coupled);
    }
  }

  /** What is set beyond the plain step, for people; "" for nothing. */
  public String extras() {
    List<String> extras = new ArrayList<>();
    if (method == Method.ADAMW) {
      extras.add(
          String.format(
              Locale.ROOT,
              "adamw of betas %s and %s, epsilon %s",
              Checks.plain(beta1),
              Checks.plain(beta2),
              // 1e-8 has too many digits to be read in full.
              BigDecimal.valueOf(epsilon)
                  .stripTrailingZeros()
                  .toString()
                  .toLowerCase(Locale.ROOT)));
    }
    if (decaySchedule == Decay.WITH_RATE) {
      extras.add("weight decay with the learning rate");
    }
    if (fixedNorm) {
      extras.add("filters keep their norm");
    }
    if (method == Method.MUON) {
      extras.add(
          String.format(
              Locale.ROOT,
              "muon of momentum %s and %d iterations for convolutions",
              Checks.plain(muon.momentum()),
              muon.iterations()));
    }
    if (method == Method.SGDP) {
      extras.add("steps projected (sgdp)");
    }
    if (decoupled) {
      extras.add("learning rate and weight decay a 1024 examples, decoupled");
    }
    if (clipNorm > 0) {
      extras.add("gradient's norm at most " + Checks.plain(clipNorm));
    }
    if (adaptiveClipping > 0) {
      extras.add("adaptive clipping at " + Checks.plain(adaptiveClipping));
    }
    if (emaDecay > 0) {
      extras.add(
          String.format(
              Locale.ROOT, "moving average of decay %s evaluated", Checks.plain(emaDecay)));
    }
    if (lookahead.steps() > 0) {
      extras.add(
          String.format(
              Locale.ROOT,
              "lookahead every %d steps, decay %s · progress^%s",
              lookahead.steps(),
              Checks.plain(lookahead.decay()),
              Checks.plain(lookahead.decayPower())));
    }
    if (!frozen.isEmpty()) {
      extras.add("frozen " + String.join(", ", frozen));
    }
    if (!overrides.isEmpty()) {
      extras.add("overrides " + ConfigRenderer.literal(overrides));
    }
    return String.join(", ", extras);
  }

  /** The method as the training step takes it. */
  public OptimizerMethod stepMethod() {
    return switch (method) {
      case SGD -> new OptimizerMethod.Sgd(momentum, nesterov);
      case ADAMW -> new OptimizerMethod.AdamW(beta1, beta2, epsilon);
      case SGDP -> new OptimizerMethod.Sgdp(new OptimizerMethod.Sgd(momentum, nesterov));
      case MUON ->
          new OptimizerMethod.Muon(
              muon.momentum(), muon.iterations(), new OptimizerMethod.Sgd(momentum, nesterov));
    };
  }

  /** How the weight decay follows the rate, as the training step takes it. */
  public DecaySchedule decay() {
    return switch (decaySchedule) {
      case CONSTANT -> DecaySchedule.CONSTANT;
      case WITH_RATE -> new DecaySchedule.WithRate(learningRate);
    };
  }

  /** Values that are kept, sent and averaged of every parameter, itself included. */
  public int valuesPerParameter() {
    return stepMethod().hasSecondMoments() ? 3 : 2;
  }

  /** Whether an average of the parameters over the steps is kept beside them. */
  public boolean averagesSteps() {
    return emaDecay > 0 || lookahead.steps() > 0;
  }

  /**
   * The overrides as the training step takes them.
   *
   * @param stepsPerEpoch steps of one epoch, >= 1
   */
  public List<ParameterRule> rules(long stepsPerEpoch) {
    return overrides.stream().map(override -> override.rule(learningRate, stepsPerEpoch)).toList();
  }

  /**
   * The same optimizer with learning rate and weight decay as a step has them (Page 2018; Jordan
   * 2024): at a batch of B examples and momentum μ the rate is learningRate · B/(1024 (1 + 1/(1 −
   * μ))) and, of every parameter whatever its rate, rate · weightDecay what it is with weightDecay
   * in place of learningRate.
   *
   * @param batchSize examples of a step of all workers
   */
  public OptimizerConfig perStep(int batchSize) {
    if (!decoupled) {
      return this;
    }
    double scale = batchSize / (EXAMPLES * (1 + 1 / (1 - momentum)));
    double decay = weightDecay / learningRate;
    List<OptimizerOverrideConfig> all = new ArrayList<>();
    for (Kind kind : List.of(Kind.BATCH_NORMALIZATION, Kind.BIASES)) {
      all.add(OptimizerOverrideConfig.weightDecay(kind, decay));
    }
    overrides.forEach(override -> all.add(override.coupled()));
    return with(learningRate * scale, decay, /* isDecoupled= */ false, plateau.times(scale), all);
  }

  /**
   * This optimizer with its learning rate for the weights of convolutions alone: all else has the
   * rate it would have at another learning rate, and the convolutions' weight decay times learning
   * rate is what it would be there. Neither holds of what an override gives a learning rate of its
   * own.
   *
   * @param elsewhere the other learning rate
   */
  public OptimizerConfig forConvolutionsAlone(double elsewhere) {
    double ratio = elsewhere / learningRate;
    List<OptimizerOverrideConfig> all = new ArrayList<>();
    for (Kind kind :
        List.of(Kind.CLASSIFIER, Kind.BATCH_NORMALIZATION, Kind.BIASES, Kind.SCALARS)) {
      all.add(OptimizerOverrideConfig.learningRateFactor(kind, ratio));
    }
    all.addAll(overrides);
    if (!decoupled) {
      all.add(OptimizerOverrideConfig.weightDecayFactor(Kind.CONVOLUTIONS, ratio));
    }
    return with(learningRate, weightDecay, decoupled, plateau, all);
  }

  private OptimizerConfig with(
      double rate,
      double decay,
      boolean isDecoupled,
      PlateauConfig plateauOfIt,
      List<OptimizerOverrideConfig> others) {
    return new OptimizerConfig(
        method,
        rate,
        momentum,
        nesterov,
        beta1,
        beta2,
        epsilon,
        muon,
        decay,
        decaySchedule,
        fixedNorm,
        isDecoupled,
        clipNorm,
        adaptiveClipping,
        emaDecay,
        lookahead,
        schedule,
        warmupEpochs,
        stepEpochs,
        stepFactor,
        schedulePoints,
        plateauOfIt,
        frozen,
        others);
  }

  /** The epoch after which schedule piecewise changes no more; 0 for another schedule. */
  double lastSchedulePoint() {
    return schedule == Schedule.PIECEWISE
        ? schedulePoints.get(schedulePoints.size() - 1).epoch()
        : 0;
  }

  /** When the rate is lowered by the validation accuracy; none for another schedule. */
  public Optional<Plateau> plateauOfRate() {
    return schedule == Schedule.PLATEAU
        ? Optional.of(
            new Plateau(
                learningRate,
                plateau.factor(),
                plateau.patience(),
                plateau.threshold(),
                plateau.leastLearningRate()))
        : Optional.empty();
  }

  /**
   * The learning rate of every step of a run, as far as the step alone decides it.
   *
   * @param stepsPerEpoch steps of one epoch, >= 1
   * @param epochs epochs of the run, >= 1
   */
  public LearningRateSchedule schedule(long stepsPerEpoch, int epochs) {
    LearningRateSchedule main =
        switch (schedule) {
          case COSINE -> new LearningRateSchedule.Cosine(learningRate, epochs * stepsPerEpoch);
          // The rate that is lowered by what PLATEAU finds.
          case CONSTANT, PLATEAU -> new LearningRateSchedule.Constant(learningRate);
          case STEP ->
              new LearningRateSchedule.Stepwise(
                  learningRate,
                  stepFactor,
                  stepEpochs.stream().map(epoch -> epoch * stepsPerEpoch).toList());
          case PIECEWISE ->
              new LearningRateSchedule.Piecewise(
                  learningRate,
                  schedulePoints.stream().map(point -> point.inSteps(stepsPerEpoch)).toList());
        };
    long warmupSteps = Math.round(warmupEpochs * stepsPerEpoch);
    return warmupSteps == 0 ? main : new LearningRateSchedule.Warmup(main, warmupSteps);
  }
}
