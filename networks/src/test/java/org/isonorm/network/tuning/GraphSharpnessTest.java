package org.isonorm.network.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationPlan;
import org.isonorm.init.Sharpness;
import org.isonorm.network.SmallNetworks;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.definition.Networks;
import org.isonorm.network.definition.ParameterRule;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.step.OptimizerSettings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GraphSharpnessTest {
  /**
   * Residuals settle at .02, by whose square a Rayleigh quotient is off; and ε of normalization.
   */
  private static final double SETTLED = .01;

  private static final OptimizerSettings PLAIN = new OptimizerSettings(.1, 0, 0, false);

  private static final OptimizerSettings CLASSIFIER_ALONE =
      PLAIN.withRules(
          List.of(
              ParameterRule.learningRate(
                  0, ParameterKind.CONVOLUTION, ParameterKind.SCALE, ParameterKind.SHIFT)));

  private static final NetworkDefinition NETWORK = SmallNetworks.resNet();

  private static InitializationPlan plan(double gamma) {
    return InitializationPlan.of(Networks.topology(NETWORK), Initialization.bnGamma(gamma));
  }

  private static TuningBatches batches() {
    return TuningBatches.gaussian(NETWORK, 8, 2);
  }

  private static Sharpness measure(double gamma, OptimizerSettings optimizer) {
    return GraphSharpness.measure(NETWORK, plan(gamma), 1, optimizer, batches(), 100);
  }

  @Test
  void itGoesWithGammaAsTheShareOfConvolutionsSays() {
    Sharpness here = measure(1, PLAIN);
    Sharpness there = measure(1.1, PLAIN);

    double share = (here.invariantShare() + there.invariantShare()) / 2;
    assertThat(share).isBetween(.2, 1.);
    assertThat(here.residual()).isLessThanOrEqualTo(.02 * here.value());
    assertThat(there.value() / here.value()).isCloseTo(Math.pow(1.1, share), within(SETTLED));
  }

  @Tag("long")
  @Test
  void layersCountByTheirRate() {
    Sharpness all = measure(1, PLAIN);
    Sharpness classifier = measure(1, CLASSIFIER_ALONE);
    OptimizerSettings halved =
        PLAIN.withRules(
            List.of(
                ParameterRule.learningRate(
                    .5,
                    ParameterKind.CONVOLUTION,
                    ParameterKind.CLASSIFIER,
                    ParameterKind.BIAS,
                    ParameterKind.SCALE,
                    ParameterKind.SHIFT)));

    assertThat(classifier.invariantShare()).isZero();
    assertThat(classifier.value()).isPositive().isLessThan(all.value());
    assertThat(measure(1, halved).value() / all.value()).isCloseTo(.5, within(SETTLED));
  }

  @Tag("long")
  @Test
  void rulesOfLaterStepsDoNotCountAtTheStart() {
    ParameterRule frozen = ParameterRule.learningRate(0, ParameterKind.CONVOLUTION);
    ParameterRule later =
        new ParameterRule(
            frozen.layers(), frozen.kinds(), frozen.learningRate(), frozen.weightDecay(), 2);

    assertThat(measure(1, PLAIN.withRules(List.of(later)))).isEqualTo(measure(1, PLAIN));
    assertThat(measure(1, PLAIN.withRules(List.of(frozen)))).isNotEqualTo(measure(1, PLAIN));
  }
}
