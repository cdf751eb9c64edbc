package org.isonorm.network.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.init.Equilibrium;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.Normalization;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.graph.GraphInitializer;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.step.OptimizerSettings;
import org.isonorm.network.step.TrainingStep;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class EquilibriumGammasTest {
  /** Sums of float32 in another order. */
  private static final double ROUNDING = 1e-4;

  /** Batch normalization adds 1e-5 to variances that go as 1/γ. */
  private static final double OF_EPSILON = 1e-2;

  private static final OptimizerSettings OPTIMIZER = OptimizerSettings.nesterov(.1, .9, 2e-4);

  private static Map<String, Double> measure(
      NetworkDefinition network, double gamma, OptimizerSettings optimizer) {
    return EquilibriumGammas.measure(
        network,
        InitializationPlan.of(Networks.topology(network), Initialization.bnGamma(gamma)),
        1,
        optimizer,
        TuningBatches.gaussian(network, 8, 2),
        2);
  }

  /** 2 Cin/ω², ω⁴ = η E‖g̃‖²/(2λ(1 − α)), of 4 input channels and two batches. */
  @Test
  void gammaIsThatOfTheEquilibriumNorm() {
    NetworkDefinition network = SmallNetworks.resNet();
    ComputationGraph graph = Networks.build(network);
    GraphInitializer.initialize(
        graph, InitializationPlan.of(Networks.topology(network), Initialization.bnGamma(.4)), 1);
    TuningBatches batches = TuningBatches.gaussian(network, 8, 2);
    INDArray weights = graph.getParam("stage1.block1.conv1_W");
    double mean = 0;
    try (TrainingStep step = TrainingStep.of(graph)) {
      for (int number = 0; number < 2; number++) {
        INDArray before = weights.dup();
        step.compute(batches.batch(number).features(), batches.batch(number).labels());
        step.update(new OptimizerSettings(1, 0, 0, false));
        double gradient = before.sub(weights).norm2Number().doubleValue();
        mean += Math.pow(before.norm2Number().doubleValue() * gradient, 2) / 2;
        GraphInitializer.initialize(
            graph,
            InitializationPlan.of(Networks.topology(network), Initialization.bnGamma(.4)),
            1);
      }
    }
    double omega = new Equilibrium(.1, 2e-4, .9, true).norm(mean);

    Map<String, Double> gammas = measure(network, .4, OPTIMIZER);

    assertThat(gammas.keySet()).hasSize(7).containsSequence("stem", "stage1.block1.conv1");
    assertThat(gammas.get("stage1.block1.conv1") * omega * omega / 8)
        .isCloseTo(1, within(ROUNDING));
  }

  @Test
  void itDoesNotDependOnTheGammaItIsMeasuredAtAndGoesAsTheRootOfDecayOverRate() {
    NetworkDefinition network = SmallNetworks.resNet();
    Map<String, Double> gammas = measure(network, .4, OPTIMIZER);
    Map<String, Double> elsewhere = measure(network, 4, OPTIMIZER);
    Map<String, Double> slower = measure(network, .4, OptimizerSettings.nesterov(.025, .9, 2e-4));
    Map<String, Double> half =
        measure(
            network,
            .4,
            OPTIMIZER.withRules(
                List.of(ParameterRule.weightDecay(.25, ParameterKind.CONVOLUTION))));

    gammas.forEach(
        (layer, gamma) -> {
          assertThat(elsewhere.get(layer) / gamma).as(layer).isCloseTo(1, within(OF_EPSILON));
          assertThat(slower.get(layer) / gamma).as(layer).isCloseTo(2, within(ROUNDING));
          assertThat(half.get(layer) / gamma).as(layer).isCloseTo(.5, within(ROUNDING));
        });
  }

  /** A wide residual net adds what its second convolutions put out before it is normalized. */
  @Test
  void onlyConvolutionsWithANormalizationOfTheirOwnHaveOne() {
    NetworkDefinition wide = SmallNetworks.wideResNet();

    assertThat(EquilibriumGammas.normalized(wide))
        .containsExactly(
            "stem", "stage1.block1.conv1", "stage2.block1.conv1", "stage3.block1.conv1");
    assertThat(measure(wide, .4, OPTIMIZER)).containsOnlyKeys(EquilibriumGammas.normalized(wide));
    assertThat(
            EquilibriumGammas.normalized(
                SmallNetworks.resNet().withNormalization(Normalization.NONE)))
        .isEmpty();
  }

  @Test
  void onlyLayersThatAreTrainedWithWeightDecayHaveOne() {
    NetworkDefinition network = SmallNetworks.resNet();
    OptimizerSettings frozen = OPTIMIZER.withFrozen(new FrozenLayers(List.of("stem*")));

    assertThat(EquilibriumGammas.balanced(network, OPTIMIZER)).hasSize(7);
    assertThat(EquilibriumGammas.balanced(network, frozen)).hasSize(6).doesNotContain("stem");
    assertThat(measure(network, .4, frozen)).hasSize(6).doesNotContainKey("stem");
    for (OptimizerSettings still :
        List.of(
            OptimizerSettings.nesterov(.1, .9, 0),
            OPTIMIZER.withRules(
                List.of(ParameterRule.learningRate(0, ParameterKind.CONVOLUTION))))) {
      assertThat(EquilibriumGammas.balanced(network, still)).isEmpty();
      assertThat(measure(network, .4, still)).isEmpty();
    }
  }

  /** Every class then has the same weights, and no error enters the network. */
  @Test
  void layersThatNoGradientReachesHaveNone() {
    NetworkDefinition network = SmallNetworks.resNet();
    Initialization start = new Initialization("bn-gamma", .4, "normal", "constant");

    assertThat(
            EquilibriumGammas.measure(
                network,
                InitializationPlan.of(Networks.topology(network), start),
                1,
                OPTIMIZER,
                TuningBatches.gaussian(network, 8, 2),
                1))
        .isEmpty();
  }
}
