package org.isonorm.spark.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.spark.schedule.LearningRateSchedule;
import org.isonorm.spark.schedule.LearningRateSchedule.Constant;
import org.isonorm.spark.schedule.LearningRateSchedule.Cosine;
import org.isonorm.spark.schedule.LearningRateSchedule.Piecewise;
import org.isonorm.spark.schedule.LearningRateSchedule.Piecewise.Point;
import org.isonorm.spark.schedule.LearningRateSchedule.Stepwise;
import org.isonorm.spark.schedule.LearningRateSchedule.Warmup;
import org.junit.jupiter.api.Test;

class OptimizerConfigTest {
  private static final int STEPS_PER_EPOCH = 391;

  /** Some quotients of doubles. */
  private static final double ROUNDING = 1e-12;

  @Test
  void theDefaultIsThePapersCosineOverEveryStepOfTheRun() {
    assertThat(schedule(200)).isEqualTo(new Cosine(.1, 200 * 391));
  }

  @Test
  void constantIsConstant() {
    assertThat(schedule(200, "optimizer.schedule=constant", "optimizer.learning-rate=.5"))
        .isEqualTo(new Constant(.5));
  }

  @Test
  void stepEpochsBecomeSteps() {
    assertThat(
            schedule(
                200,
                "optimizer.schedule=step",
                "optimizer.step-epochs=[100,150]",
                "optimizer.step-factor=.2"))
        .isEqualTo(new Stepwise(.1, .2, List.of(39_100L, 58_650L)));
  }

  /** The form of the fastest CIFAR-10 recipes: a quarter of the run up, the rest down. */
  @Test
  void pointsBecomeCornersInSteps() {
    LearningRateSchedule triangle =
        schedule(
            10,
            "optimizer.schedule=piecewise",
            "optimizer.schedule-points=[{epoch = 0, factor = .25}, {epoch = 2.5, factor = 1},"
                + " {epoch = 10, factor = .0625}]",
            "optimizer.learning-rate=8");

    assertThat(triangle)
        .isEqualTo(
            new Piecewise(
                8, List.of(new Point(0, .25), new Point(977.5, 1), new Point(3910, .0625))));
    assertThat(triangle.at(0)).isEqualTo(2);
    assertThat(triangle.at(3910)).isEqualTo(.5);
  }

  @Test
  void theSmallScaleKeepsTheFormOfASchedule() {
    IsonormConfig full =
        IsonormConfig.load(
            Optional.empty(),
            List.of(
                "training.epochs=16",
                "optimizer.schedule=piecewise",
                "optimizer.schedule-points=[{epoch = 0, factor = .2}, {epoch = 3, factor = 1},"
                    + " {epoch = 16, factor = 0}]"));

    IsonormConfig small = full.with(Scale.SMALL.settings(full));

    assertThat(small.training().epochs()).isEqualTo(8);
    assertThat(small.optimizer().schedulePoints())
        .containsExactly(
            new SchedulePointConfig(0, .2),
            new SchedulePointConfig(1.5, 1),
            new SchedulePointConfig(8, 0));
  }

  @Test
  void warmupWrapsAnySchedule() {
    assertThat(schedule(3, "optimizer.warmup-epochs=.5", "training.epochs=3"))
        .isEqualTo(new Warmup(new Cosine(.1, 3 * 391), 196));
    assertThat(schedule(3, "optimizer.warmup-epochs=2", "optimizer.schedule=constant"))
        .isEqualTo(new Warmup(new Constant(.1), 782));
  }

  /** The numbers of the 94 % recipe of Jordan 2024, written as PyTorch's SGD has them there. */
  @Test
  void decoupledRatesBecomeThoseOfAStep() {
    IsonormConfig config =
        IsonormConfig.load(
            Optional.empty(),
            List.of(
                "training.global-batch-size=512",
                "averaging.workers=1",
                "optimizer.decoupled=true",
                "optimizer.momentum=.85",
                "optimizer.learning-rate=11.5",
                "optimizer.weight-decay=.0153",
                "optimizer.overrides=[{kind = shifts, learning-rate-factor = 64},"
                    + " {layers = stem, kind = biases, learning-rate-factor = 0, from-epoch = 3}]"));
    double kilostep = 1024 * (1 + 1 / (1 - .85));
    double ofSummedGradients = 11.5 / kilostep;
    double decayed = .0153 * 512 / kilostep;

    OptimizerConfig step = config.optimizerPerStep();

    assertThat(step.decoupled()).isFalse();
    assertThat(step.learningRate()).isCloseTo(512 * ofSummedGradients, within(ROUNDING));
    assertDecays(step, "conv", ParameterKind.CONVOLUTION, 1, decayed);
    assertDecays(step, "stem", ParameterKind.BIAS, 1, decayed);
    assertDecays(step, "conv.bn", ParameterKind.SHIFT, 64, decayed);
    assertDecays(step, "conv.bn", ParameterKind.SCALE, 1, decayed);
    List<ParameterRule> later = ParameterRule.at(3 * STEPS_PER_EPOCH + 1, rules(step));
    assertThat(ParameterRule.learningRateFactor(later, "stem", ParameterKind.BIAS)).isZero();
    assertThat(ParameterRule.at(3 * STEPS_PER_EPOCH, rules(step)))
        .isEqualTo(ParameterRule.at(1, rules(step)))
        .hasSize(later.size() - 1);
    assertThat(config.optimizer().learningRate()).isEqualTo(11.5);
  }

  private static List<ParameterRule> rules(OptimizerConfig optimizer) {
    return optimizer.rules(STEPS_PER_EPOCH);
  }

  private static void assertDecays(
      OptimizerConfig step, String layer, ParameterKind kind, double factor, double share) {
    List<ParameterRule> first = ParameterRule.at(1, rules(step));
    double rate = ParameterRule.learningRateFactor(first, layer, kind);
    assertThat(rate).isEqualTo(factor);
    assertThat(
            step.learningRate()
                * rate
                * ParameterRule.weightDecay(first, layer, kind, step.weightDecay()))
        .isCloseTo(share, within(ROUNDING));
  }

  @Test
  void anAbsoluteRateOfSomeParametersIsNotDecoupled() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                IsonormConfig.load(
                    Optional.empty(),
                    List.of(
                        "optimizer.decoupled=true",
                        "optimizer.overrides=[{kind = shifts, learning-rate = 1}]")))
        .withMessageContaining(
            "Invalid optimizer.overrides: learning-rate or weight-decay with optimizer.decoupled"
                + " = true (must give learning-rate-factor and weight-decay-factor, or"
                + " weight-decay = 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                IsonormConfig.load(
                    Optional.empty(),
                    List.of("optimizer.decoupled=true", "optimizer.method=adamw")))
        .withMessageContaining("Invalid optimizer.decoupled: true (must be false with");
  }

  @Test
  void theControlProtocolLeavesDecoupledDecayAsItIs() {
    OptimizerConfig optimizer =
        IsonormConfig.load(Optional.empty(), List.of("optimizer.decoupled=true"))
            .optimizer()
            .forConvolutionsAlone(.2);

    assertThat(optimizer.overrides())
        .extracting(OptimizerOverrideConfig::learningRateFactor)
        .containsOnly(Optional.of(2.));
    assertThat(optimizer.overrides())
        .extracting(OptimizerOverrideConfig::weightDecayFactor)
        .containsOnly(Optional.empty());
  }

  private static LearningRateSchedule schedule(int epochs, String... settings) {
    return IsonormConfig.load(Optional.empty(), List.of(settings))
        .optimizer()
        .schedule(STEPS_PER_EPOCH, epochs);
  }
}
