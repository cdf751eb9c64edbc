package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.isonorm.init.TunedScales.TensorScale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GradInitTest {
  /** Adam's ε, beside a derivative of 1. */
  private static final double ADAM_EPSILON = 1e-8;

  /** Of a norm of about 34 in double precision. */
  private static final double ROUNDING = 1e-12;

  /** A norm in two ways. */
  private static final double LAST_DIGITS = 1e-14;

  /** Differences of ‖g‖ at 1e-5, and of g at 1e-8. */
  private static final double DIFFERENCE = 1e-6;

  @ParameterizedTest
  @ValueSource(strings = {"relu", "tanh", "softplus"})
  void theConstraintsDerivativesAreThoseOfTheGradientsNorm(String activation) {
    TinyBatchNormNet net = new TinyBatchNormNet(Activation.named(activation), 1);
    double[][] start = TinyBatchNormNet.start(2, 1);
    double[] scales = {.7, 1.3, 1, 2};

    double[][] at = Tensors.scaled(start, scales);
    double[][] gradient = net.evaluate(at, 0, 1).gradient();
    double[] derivatives = GradInit.constraintDerivatives(net, start, scales, at, gradient, 0, 1);

    for (int tensor : new int[] {0, 1, 3}) {
      double step = 1e-5;
      double[] more = scales.clone();
      more[tensor] += step;
      double[] less = scales.clone();
      less[tensor] -= step;
      double difference = (norm(net, start, more) - norm(net, start, less)) / (2 * step);
      assertThat(derivatives[tensor]).isCloseTo(difference, within(DIFFERENCE));
    }
    // d‖g‖/d log α = -‖g_i‖²/‖g‖.
    assertThat(derivatives[0] * scales[0])
        .isCloseTo(
            -Math.pow(Tensors.norm(gradient[0]), 2) / Tensors.norm(gradient), within(LAST_DIGITS));
    assertThat(derivatives[2]).isZero();
  }

  @ParameterizedTest
  @CsvSource({"relu, 20", "softplus, 10"})
  void theConstraintHoldsAtTheEnd(String activation, double classifierStd) {
    TinyBatchNormNet net = new TinyBatchNormNet(Activation.named(activation), 1);
    double[][] start = TinyBatchNormNet.start(3, classifierStd);
    GradInit.Settings settings = new GradInit.Settings(.03, 150, 12, 1, .1);

    TunedScales tuned = GradInit.run(net, start, settings, TuningProgress.none());

    assertThat(tuned.values().get(0)).isGreaterThan(3);
    // A step of .03 a scale moves the norm by a few hundredths about the bound.
    double end = norm(net, start, scales(tuned));
    assertThat(end).isLessThan(1.05);
    assertThat(tuned.values()).hasSize(150);
    assertThat(scales(tuned)[2]).isEqualTo(1);
  }

  /** What is minimized is the loss after a step of length .1 along the gradient. */
  @Test
  void theFirstStepOfTrainingLowersTheLossMoreThanBefore() {
    TinyBatchNormNet net = new TinyBatchNormNet(Activation.named("relu"), 1);
    double[][] start = TinyBatchNormNet.start(4, .01);
    GradInit.Settings settings = new GradInit.Settings(.01, 200, 12, 1, .1);

    TunedScales tuned = GradInit.run(net, start, settings, TuningProgress.none());

    double before = lossAfterAStep(net, start);
    double after = lossAfterAStep(net, Tensors.scaled(start, scales(tuned)));
    assertThat(tuned.values().get(0)).isLessThan(1);
    assertThat(after).isLessThan(before - .01);
  }

  /** Two linear layers at u = v = 3: g = (24, 24), and the first derivatives clip to 1. */
  @Test
  void aFirstStepMovesEveryScaleByTheLearningRate() {
    double[][] start = {{3}, {3}};

    TunedScales tuned =
        GradInit.run(
            new TwoLayerNet(),
            start,
            new GradInit.Settings(.1, 1, 1, 1, .1),
            TuningProgress.none());

    // Adam's first step is the rate times the derivative's sign, up to its ε of 1e-8.
    assertThat(tuned.tensors()).extracting(TensorScale::name).containsExactly("first", "second");
    assertThat(scales(tuned)[0]).isCloseTo(.9, within(ADAM_EPSILON));
    assertThat(scales(tuned)[1]).isCloseTo(.9, within(ADAM_EPSILON));
    assertThat(tuned.values().get(0)).isCloseTo(Math.sqrt(2) * 24, within(ROUNDING));
  }

  @Test
  void scalesStopAtOneHundredth() {
    TunedScales tuned =
        GradInit.run(
            new TwoLayerNet(),
            new double[][] {{3}, {3}},
            new GradInit.Settings(5, 1, 1, 1, .1),
            TuningProgress.none());

    assertThat(scales(tuned)).containsExactly(.01, .01);
  }

  @Test
  void onlyTensorsWithoutInvarianceCostSecondDerivatives() {
    TinyBatchNormNet net = new TinyBatchNormNet(Activation.named("softplus"), 1);
    double[][] start = TinyBatchNormNet.start(3, 10);

    GradInit.run(net, start, new GradInit.Settings(.01, 1, 12, 1, .1), TuningProgress.none());

    // One gradient and one product of three.
    assertThat(net.evaluations).isEqualTo(4);
  }

  @Test
  void tellsItsProgress() {
    List<String> told = new ArrayList<>();
    GradInit.run(
        new TwoLayerNet(),
        new double[][] {{3}, {3}},
        new GradInit.Settings(.1, 2, 1, 1, .1),
        (done, total, value) -> told.add(done + "/" + total + (value > 1 ? " above" : " below")));

    assertThat(told).containsExactly("1/2 above", "2/2 above");
  }

  @ParameterizedTest
  @CsvSource({
    "vgg-19, .1, 390, 64",
    "resnet-110, .001, 390, 64",
    "densenet-100, .01, 780, 32",
    "wrn-28-10, .003, 780, 32"
  })
  void publishedSettings(String network, double learningRate, int iterations, int examples) {
    assertThat(GradInit.Settings.published(network))
        .isEqualTo(new GradInit.Settings(learningRate, iterations, examples, 1, .1));
  }

  @Test
  void otherNetworksHaveNoPublishedSettings() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GradInit.Settings.published("mine"))
        .withMessage(
            "Invalid network for GradInit's published settings: mine (known: vgg-…, resnet-…,"
                + " densenet-…, wrn-…; give learning rate and iterations)");
  }

  @Test
  void parametersMustFitTheOracle() {
    GradInit.Settings settings = new GradInit.Settings(.1, 1, 1, 1, .1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                GradInit.run(new TwoLayerNet(), new double[1][1], settings, TuningProgress.none()))
        .withMessage("Invalid parameters: 1 tensors (must be the oracle's 2)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                GradInit.run(new TwoLayerNet(), new double[2][3], settings, TuningProgress.none()))
        .withMessage("Invalid parameters of first: 3 values (must be 1)");
  }

  @Test
  void aDivergedNetworkIsAnError() {
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(
            () ->
                GradInit.run(
                    new TwoLayerNet(),
                    new double[][] {{1e200}, {1e200}},
                    new GradInit.Settings(.1, 1, 1, 1, .1),
                    TuningProgress.none()))
        .withMessageStartingWith(
            "Cannot tune the initialization: the gradient's norm is Infinity at step 0 ");
  }

  private static double norm(GradientOracle net, double[][] start, double[] scales) {
    return Tensors.norm(net.evaluate(Tensors.scaled(start, scales), 0, 1).gradient());
  }

  private static double lossAfterAStep(GradientOracle net, double[][] parameters) {
    double sum = 0;
    for (int batch = 0; batch < 20; batch++) {
      double[][] gradient = net.evaluate(parameters, batch).gradient();
      double[][] next = Tensors.plus(parameters, -.1 / Tensors.norm(gradient), gradient);
      sum += net.evaluate(next, batch).loss() / 20;
    }
    return sum;
  }

  private static double[] scales(TunedScales tuned) {
    return tuned.tensors().stream().mapToDouble(TensorScale::scale).toArray();
  }
}
