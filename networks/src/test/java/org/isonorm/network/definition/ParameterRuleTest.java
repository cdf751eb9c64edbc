package org.isonorm.network.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.ParameterRule.Change;
import org.isonorm.network.graph.RandomBatch;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.ParameterUpdate;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class ParameterRuleTest {
  /** Some ten float32 roundings (6e-8 each) of a value near 1. */
  private static final double ROUNDING = 1e-6;

  private final NetworkDefinition definition = SmallNetworks.resNet();

  private static ParameterRule rule(
      String layers, Change rate, Change decay, ParameterKind... kinds) {
    return new ParameterRule(
        layers, kinds.length == 0 ? ParameterRule.ALL_KINDS : Set.of(kinds), rate, decay);
  }

  @Test
  void eachIsAppliedToWhatThoseBeforeItLeft() {
    List<ParameterRule> rules =
        List.of(
            ParameterRule.learningRate(.1, ParameterKind.BIAS),
            rule("stem*", Change.times(4), Change.to(.5)),
            rule("stem.bn", Change.to(3), Change.times(2)));

    assertThat(ParameterRule.learningRateFactor(rules, "classifier", ParameterKind.BIAS))
        .isEqualTo(.1);
    assertThat(ParameterRule.learningRateFactor(rules, "stem", ParameterKind.BIAS)).isEqualTo(.4);
    assertThat(ParameterRule.learningRateFactor(rules, "stem.bn", ParameterKind.SCALE))
        .isEqualTo(3);
    assertThat(ParameterRule.weightDecay(rules, "stem.bn", ParameterKind.SCALE, .1)).isEqualTo(1);
    assertThat(ParameterRule.weightDecay(rules, "other", ParameterKind.CONVOLUTION, .1))
        .isEqualTo(.1);
    assertThat(ParameterRule.weightDecay(rules, "other", ParameterKind.SHIFT, .1)).isZero();
    assertThat(ParameterRule.learningRateFactors(rules, definition))
        .containsEntry("stem", 4.)
        .containsEntry("classifier", 1.)
        .hasSize(8);
  }

  @Test
  void aRuleBeginsAtItsStep() {
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    ParameterRule later =
        new ParameterRule("stem.bn", Set.of(ParameterKind.SHIFT), Change.to(0), Change.NONE, 3);
    OptimizerSettings settings = OptimizerSettings.nesterov(.1, .9, 0).withRules(List.of(later));
    INDArray shifts = graph.getLayer("stem.bn").getParam("beta");
    List<INDArray> after = new ArrayList<>();
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int t = 1; t <= 4; t++) {
        step.compute(batch.features(), batch.labels());
        step.update(settings.atStep(t, .1));
        after.add(shifts.dup());
      }
    }

    assertThat(after.get(1)).isNotEqualTo(after.get(0));
    assertThat(after.get(2)).isEqualTo(after.get(1));
    assertThat(after.get(3)).isEqualTo(after.get(1));
  }

  @Test
  void refusesNamesThatMeanNothing() {
    List<ParameterRule> misspelt =
        List.of(rule("stage9.*", Change.times(2), Change.NONE, ParameterKind.CONVOLUTION));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ParameterRule.check(misspelt, definition))
        .withMessageStartingWith(
            "Invalid optimizer.overrides: stage9.* matches no such parameters of resnet-8 (its layers with parameters: stem, stem.bn, ");
    // A protocol is for networks with and without biases.
    assertThatCode(
            () ->
                ParameterRule.check(
                    List.of(ParameterRule.learningRate(2, ParameterKind.BIAS)),
                    definition.withBiases(Biases.NONE)))
        .doesNotThrowAnyException();
  }

  @Test
  void changesAreOfNumbersThatAreNotNegative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Change.times(-1))
        .withMessage("Invalid change: -1.0 (must be >= 0 and finite)");
  }

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void theLayoutNamesEveryParameterOnce(NetworkDefinition network) {
    ComputationGraph graph = Networks.build(network);
    long next = 0;
    for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
      assertThat(parameter.from()).isEqualTo(next);
      next = parameter.to();
      assertThat(parameter.to() - parameter.from()).isPositive();
      assertThat((parameter.to() - parameter.from()) % parameter.units()).isZero();
    }
    assertThat(next).isEqualTo(graph.numParams());
    assertThat(Networks.parameters(network))
        .extracting(Parameter::layer, Parameter::kind)
        .containsExactlyInAnyOrderElementsOf(
            ParameterLayout.of(graph).parameters().stream()
                .map(p -> org.assertj.core.groups.Tuple.tuple(p.layer(), p.kind()))
                .toList());
  }

  @ParameterizedTest
  @MethodSource("org.isonorm.network.SmallNetworks#ofEveryFamily")
  void withoutRulesThereAreNoMorePassesThanGroups(NetworkDefinition network) {
    ComputationGraph graph = Networks.build(network);
    OptimizerSettings settings = OptimizerSettings.nesterov(.1, .9, 2e-4);

    assertThat(ParameterUpdate.of(ParameterLayout.of(graph), settings))
        .hasSizeLessThanOrEqualTo(ParameterGroups.of(graph).runs().size());
  }

  @Test
  void aStepFollowsTheRulesOfEveryParameter() {
    double rate = .1;
    double decay = 5e-3;
    List<ParameterRule> rules =
        List.of(
            ParameterRule.learningRate(.5, ParameterKind.CLASSIFIER, ParameterKind.BIAS),
            rule("stage2.*", Change.times(3), Change.to(.02), ParameterKind.CONVOLUTION),
            rule("stem*", Change.to(0), Change.NONE));
    ComputationGraph graph = SmallNetworks.initialized(definition, 1);
    TrainingStep step = TrainingStep.of(graph);
    RandomBatch batch = RandomBatch.of(definition, 8, 1);
    step.compute(batch.features(), batch.labels());
    float[] before = graph.params().dup().data().asFloat();
    float[] gradient = graph.getFlattenedGradients().dup().data().asFloat();
    step.update(new OptimizerSettings(rate, 0, decay, false).withRules(rules));
    float[] after = graph.params().dup().data().asFloat();

    for (Parameter parameter : ParameterLayout.of(graph).parameters()) {
      if (!parameter.kind().isTrained()) {
        continue;
      }
      double eta = rate * expectedFactor(parameter);
      double lambda =
          switch (parameter.kind()) {
            case CONVOLUTION -> parameter.layer().startsWith("stage2.") ? .02 : decay;
            case CLASSIFIER -> decay;
            default -> 0;
          };
      for (int i = (int) parameter.from(); i < parameter.to(); i++) {
        assertThat((double) after[i])
            .as("%s %s", parameter.layer(), parameter.kind())
            .isCloseTo(
                before[i] - eta * (gradient[i] / 8 + lambda * before[i]),
                within(ROUNDING * Math.max(1, Math.abs(before[i]))));
      }
    }
  }

  private static double expectedFactor(Parameter parameter) {
    if (parameter.layer().startsWith("stem")) {
      return 0;
    }
    return switch (parameter.kind()) {
      case CLASSIFIER, BIAS -> .5;
      case CONVOLUTION -> parameter.layer().startsWith("stage2.") ? 3 : 1;
      default -> 1;
    };
  }
}
