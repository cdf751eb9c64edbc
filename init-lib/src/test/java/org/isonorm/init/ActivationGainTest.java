package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationGainTest {
  /** What O(1/σ³) leaves at σ = 1000, with a constant of a few. */
  private static final double THIRD_ORDER = 1e-8;

  /** A kink or jump that the quadrature is not told of; it halves intervals there. */
  private static final double UNNAMED_KINK = 1e-10;

  /** A smooth function that grows fast in the tails. */
  private static final double SMOOTH = 1e-11;

  /** Half of the last of six decimals. */
  private static final double SIX_DECIMALS = 5.1e-7;

  /** What the quadrature reaches where a closed form tells. */
  private static final double QUADRATURE = 1e-12;

  /** What differences of fourth order leave of a derivative, for functions of modest curvature. */
  private static final double DIFFERENCES = 1e-10;

  @ParameterizedTest
  @CsvSource({
    "identity, 1, 1",
    "relu, .500000, .500000",
    "leaky-relu, .500050, .500050",
    "prelu, .531250, .531250",
    "tanh, .394294, .464403",
    "sigmoid, .293379, .044836",
    "gelu, .425221, .455851",
    "gelu-tanh, .425194, .455818",
    "silu, .355776, .379482",
    "elu, .644945, .668102",
    "selu, 1.000000, 1.071575",
    "softplus, .921246, .293379",
    "mish, .452342, .479084",
    "hard-swish, .331567, .358532",
    "hard-tanh, .516059, .682689",
    "softsign, .183014, .227671",
  })
  void powersAtUnitVariance(String name, double forward, double backward) {
    ActivationGain gain = ActivationGain.of(Activation.named(name), 1);

    assertThat(gain.forwardPower()).isCloseTo(forward, within(SIX_DECIMALS));
    assertThat(gain.backwardPower()).isCloseTo(backward, within(SIX_DECIMALS));
  }

  @ParameterizedTest
  @CsvSource({
    "tanh, .5, .694065",
    "tanh, 2, .158815",
    "sigmoid, .5, 1.055822",
    "sigmoid, 2, .087143",
  })
  void powersDependOnTheInputsStandardDeviation(String name, double sigma, double forward) {
    assertThat(ActivationGain.of(Activation.named(name), sigma).forwardPower())
        .isCloseTo(forward, within(SIX_DECIMALS));
  }

  @ParameterizedTest
  @CsvSource({".01, 1e-4", "1, 0", "1, .1", "1, 1", "50, .3", "1000, 2"})
  void aLeakyReluPassesHalfOfOnePlusSlopeSquaredAtAnyScale(double sigma, double slope) {
    ActivationGain gain = ActivationGain.of(Activation.leakyRelu(slope), sigma);

    double expected = (1 + slope * slope) / 2;
    assertThat(gain.forwardPower()).isCloseTo(expected, within(QUADRATURE));
    assertThat(gain.backwardPower()).isCloseTo(expected, within(QUADRATURE));
  }

  @Test
  void saturatingActivationsApproachAStepFarFromZero() {
    // tanh(x)² is 1 but for a gap of width 1/σ: E = 1 - 2·φ(0)/σ + O(1/σ³), as ∫ 1 - tanh² = 2.
    double sigma = 1000;
    double power = ActivationGain.of(Activation.named("tanh"), sigma).forwardPower();

    assertThat(power * sigma * sigma)
        .isCloseTo(1 - 2 * NormalCurve.density(0) / sigma, within(THIRD_ORDER));
  }

  @Test
  void aUsersOwnFunctionNeedsNoKinks() {
    // |x| shifted: E[(|x - 1|)²] = 1 + 1 and its slope is 1 in square.
    Activation shifted =
        new Activation("shifted", x -> Math.abs(x - 1), x -> Math.signum(x - 1), List.of());
    // E[e^(2x)] = e² forward and backward.
    Activation exponential = new Activation("exp", Math::exp, Math::exp, List.of());
    // An unnamed jump off the grid of intervals: P(x > 1/3).
    Activation step = new Activation("step", x -> x > 1. / 3 ? 1 : 0, x -> 1, List.of());

    assertThat(ActivationGain.of(shifted, 1).forwardPower()).isCloseTo(2, within(UNNAMED_KINK));
    assertThat(ActivationGain.of(exponential, 1).forwardPower())
        .isCloseTo(Math.exp(2), within(SMOOTH));
    assertThat(ActivationGain.of(step, 1).forwardPower())
        .isCloseTo(1 - NormalCurve.cumulative(1. / 3), within(UNNAMED_KINK));
  }

  /** Gains of functions written out again without their derivative, against the named ones. */
  @Test
  void aUsersOwnFunctionNeedsNoDerivative() {
    List<Activation> own =
        List.of(
            Activation.of("tanh", Math::tanh),
            Activation.of("elu", x -> x > 0 ? x : Math.expm1(x), 0),
            Activation.of("hard-tanh", x -> Math.max(-1, Math.min(1, x)), -1, 1),
            Activation.of("hard-swish", x -> x * Math.max(0, Math.min(6, x + 3)) / 6, -3, 3),
            Activation.of("softsign", x -> x / (1 + Math.abs(x)), 0),
            Activation.of("relu", x -> Math.max(x, 0), 0));

    for (Activation activation : own) {
      for (double sigma : new double[] {.5, 1, 2}) {
        ActivationGain gain = ActivationGain.of(activation, sigma);
        ActivationGain named = ActivationGain.of(Activation.named(activation.name()), sigma);
        assertThat(gain.forwardPower()).isCloseTo(named.forwardPower(), within(QUADRATURE));
        assertThat(gain.backwardPower())
            .as(activation.name())
            .isCloseTo(named.backwardPower(), within(DIFFERENCES));
      }
    }
  }

  @Test
  void reluGivesEquations24And36() {
    ActivationGain relu = ActivationGain.of(Activation.named("relu"), 1);

    assertThat(relu.gain()).isCloseTo(Math.sqrt(2), within(QUADRATURE));
    assertThat(relu.forward().variance(new Fan(27, 576))).isCloseTo(2. / 27, within(QUADRATURE));
    assertThat(relu.backward().variance(new Fan(27, 576))).isCloseTo(2. / 576, within(QUADRATURE));
  }

  @Test
  void rejectsAStandardDeviationThatIsNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivationGain.of(Activation.named("relu"), 0))
        .withMessage("Invalid standard deviation: 0 (must be > 0 and finite)");
  }

  @Test
  void rejectsAnActivationThatPassesNothingOrTooMuch() {
    Activation zero = new Activation("zero", x -> 0, x -> 0, List.of());
    Activation undefined = new Activation("log", Math::log, x -> 1 / x, List.of());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivationGain.of(zero, 1))
        .withMessage("Invalid forward power of the activation: 0 (must be > 0 and finite)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivationGain.of(undefined, 1))
        .withMessage("Invalid forward power of the activation: NaN (must be > 0 and finite)");
  }
}
