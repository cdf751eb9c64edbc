package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InitializationPlanTest {
  /** Two gains by the same quadrature, divided. */
  private static final double ROUNDING = 1e-12;

  /** Of a reciprocal of about 2.5, of which six decimals are given. */
  private static final double SIX_DIGITS = 1e-5;

  private static final LayerTopology STEM =
      new LayerTopology(
          "conv1", LayerKind.CONVOLUTION, WeightShape.convolution(64, 3, 3, 3), false, true);
  private static final LayerTopology SECOND =
      new LayerTopology(
          "conv2", LayerKind.CONVOLUTION, WeightShape.convolution(64, 64, 3, 3), false, true);
  private static final LayerTopology CLASSIFIER =
      new LayerTopology("classifier", LayerKind.CLASSIFIER, WeightShape.dense(10, 64), true, false);

  @Test
  void gammaOfTwoFifthsGivesFiveOverFanOut() {
    InitializationPlan plan = plan(Initialization.bnGamma(.4), STEM, SECOND, CLASSIFIER);

    assertThat(plan.layers())
        .extracting(LayerInitialization::variance)
        .containsExactly(5. / 576, 5. / 576, 1. / 64);
    assertThat(plan.layers())
        .extracting(LayerInitialization::rule)
        .containsExactly("bn-gamma", "bn-gamma", "1/n");
    assertThat(plan.layers())
        .extracting(LayerInitialization::fan)
        .containsExactly(new Fan(27, 576), new Fan(576, 576), new Fan(64, 10));
    assertThat(plan.layers())
        .extracting(LayerInitialization::layer)
        .containsExactly(STEM, SECOND, CLASSIFIER);
  }

  @Test
  void forwardHalvesTheFirstLayersVariance() {
    InitializationPlan plan =
        plan(new Initialization("forward", 1, "normal", "forward"), STEM, SECOND, CLASSIFIER);

    assertThat(plan.layers())
        .extracting(LayerInitialization::variance)
        .containsExactly(1. / 27, 2. / 576, 1. / 64);
  }

  @Test
  void samplesDoNotDependOnTheOrderOfLayers() {
    List<LayerTopology> layers = List.of(STEM, SECOND, CLASSIFIER);
    List<LayerTopology> reversed = new ArrayList<>(layers);
    Collections.reverse(reversed);
    InitializationPlan forwards = plan(layers);
    InitializationPlan backwards = plan(reversed);

    for (int i = 0; i < 3; i++) {
      assertThat(forwards.layers().get(i).sample(1))
          .isEqualTo(backwards.layers().get(2 - i).sample(1));
    }
  }

  @Test
  void samplesDoNotDependOnTheOtherLayers() {
    assertThat(plan(List.of(SECOND)).layers().get(0).sample(1))
        .isEqualTo(plan(List.of(STEM, SECOND, CLASSIFIER)).layers().get(1).sample(1));
  }

  /** λ' of tanh depends on σ, and by eqn 34 σ changes from layer to layer. */
  @Test
  void backwardFollowsTheSignalThroughAPlainNetwork() {
    Activation tanh = Activation.named("tanh");
    LayerTopology[] layers =
        IntStream.range(0, 8)
            .mapToObj(i -> plain("conv" + i, WeightShape.convolution(32, 16 << (i % 2), 3, 3)))
            .toArray(LayerTopology[]::new);

    InitializationPlan plan = plan(Initialization.byRule("backward").withActivation(tanh), layers);

    double[] fans = plan.layers().stream().mapToDouble(layer -> layer.fan().in()).toArray();
    double[] variances =
        plan.layers().stream().mapToDouble(LayerInitialization::variance).toArray();
    double[] signal = GainChain.variances(tanh, fans, variances);
    for (int i = 1; i < 8; i++) {
      double slopePower = ActivationGain.of(tanh, Math.sqrt(signal[i - 1])).backwardPower();
      // Var(δ_{l-1}) = λ' m Var(w) Var(δ_l), which is to be Var(δ_l).
      assertThat(slopePower * plan.layers().get(i).fan().out() * variances[i])
          .isCloseTo(1, within(ROUNDING));
    }
    assertThat(signal[7]).isNotCloseTo(signal[0], within(.1));
  }

  @Test
  void batchNormalizationStopsTheSignalsDrift() {
    InitializationPlan plan =
        plan(
            Initialization.byRule("forward")
                .withActivation(Activation.named("tanh"))
                .withOverrides(List.of(LayerOverride.rule("conv1", "100/n"))),
            STEM,
            SECOND);

    assertThat(plan.layers().get(1).variance() * 576).isCloseTo(1 / .394294, within(SIX_DIGITS));
  }

  @Test
  void overridesAreForTheLayersTheyName() {
    InitializationPlan plan =
        plan(
            Initialization.bnGamma(.4)
                .withOverrides(
                    List.of(
                        LayerOverride.initGamma("conv*", 1),
                        LayerOverride.rule("conv?", "kaiming-fan-in"),
                        LayerOverride.rule("conv1", "bn-gamma"),
                        LayerOverride.rule("classifier", "normal-.01"))),
            STEM,
            SECOND,
            CLASSIFIER);

    assertThat(plan.layers())
        .extracting(LayerInitialization::rule)
        .containsExactly("bn-gamma", "kaiming-fan-in", "normal-.01");
    assertThat(plan.layers())
        .extracting(LayerInitialization::initGamma)
        .containsExactly(OptionalDouble.of(1), OptionalDouble.empty(), OptionalDouble.empty());
    assertThat(plan.layers())
        .extracting(LayerInitialization::variance)
        .containsExactly(2. / 576, 2. / 576, .01 * .01);
  }

  @Test
  void anOverrideMayChangeDistributionAndStd() {
    LayerOverride override =
        new LayerOverride(
            "conv2",
            Optional.of("fixed-std"),
            OptionalDouble.empty(),
            Optional.of("uniform"),
            OptionalDouble.of(.5));

    assertThat(
            plan(Initialization.bnGamma(1).withOverrides(List.of(override)), STEM, SECOND).layers())
        .extracting(LayerInitialization::sampler)
        .containsExactly(new Distribution.Normal(2. / 576), new Distribution.Uniform(.25));
  }

  @Test
  void anOverrideThatMatchesNothingIsAnError() {
    Initialization typo =
        Initialization.bnGamma(1).withOverrides(List.of(LayerOverride.initGamma("conv.*", 1)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(typo, STEM, SECOND))
        .withMessage(
            "Invalid overrides: conv.* matches no layer of tiny (its layers: conv1, conv2)");
  }

  @Test
  void aClassifiersRuleDoesNotSuitAConvolution() {
    Initialization constant =
        Initialization.bnGamma(1).withOverrides(List.of(LayerOverride.rule("conv1", "constant")));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(constant, STEM))
        .withMessageStartingWith("Invalid rule: constant (did you mean ");
  }

  @Test
  void anOverrideMustChangeSomething() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LayerOverride(
                    "conv1",
                    Optional.empty(),
                    OptionalDouble.empty(),
                    Optional.empty(),
                    OptionalDouble.empty()))
        .withMessage(
            "Invalid override of conv1: nothing (must give rule, init-gamma, distribution or std)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LayerOverride.initGamma("conv1", 0))
        .withMessage("Invalid init-gamma: 0 (must be > 0 and finite)");
  }

  @Test
  void residualBranchesStartAtZeroOnRequest() {
    NetworkTopology residual =
        new NetworkTopology(
            "res",
            List.of(STEM),
            1728,
            List.of(
                new ResidualBranch(List.of(), Optional.of("block1.bn2"), false),
                new ResidualBranch(List.of(), Optional.of("block2.bn2"), false)));
    Initialization settings = Initialization.bnGamma(1);

    assertThat(InitializationPlan.of(residual, settings).zeroScales()).isEmpty();
    assertThat(InitializationPlan.of(residual, settings.withZeroResidualScales(true)).zeroScales())
        .containsExactly("block1.bn2", "block2.bn2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(settings.withZeroResidualScales(true), STEM))
        .withMessage(
            "Invalid zero-residual-scales: true for tiny (no residual branch of it ends in"
                + " batch normalization; must be false)");
  }

  private static LayerTopology plain(String name, WeightShape shape) {
    return new LayerTopology(name, LayerKind.CONVOLUTION, shape, false, false);
  }

  private static InitializationPlan plan(List<LayerTopology> layers) {
    return plan(Initialization.bnGamma(.4), layers.toArray(LayerTopology[]::new));
  }

  private static InitializationPlan plan(Initialization initialization, LayerTopology... layers) {
    long weights = List.of(layers).stream().mapToLong(layer -> layer.shape().size()).sum();
    return InitializationPlan.of(
        new NetworkTopology("tiny", List.of(layers), weights), initialization);
  }
}
