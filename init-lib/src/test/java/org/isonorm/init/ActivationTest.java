package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ActivationTest {
  /** Nine decimals are given. */
  private static final double NINE_DIGITS = 1e-9;

  /** Differences over a distance that shrinks next to a kink. */
  private static final double DIFFERENCE = 1e-8;

  /** Points away from every kink, on both sides of each. */
  private static final double[] POINTS = {-20, -4.3, -2.1, -.9, -.05, .07, .8, 1.4, 3.7, 25};

  private static final double STEP = 1e-5;

  /** Truncation STEP² · |φ'''| / 6 and rounding 1e-16 · |φ| / STEP, with room. */
  private static final double DIFFERENCE_TOLERANCE = 1e-8;

  @ParameterizedTest
  @MethodSource("activations")
  void derivativeIsTheLimitOfDifferences(Activation activation) {
    for (double x : POINTS) {
      double difference =
          (activation.function().applyAsDouble(x + STEP)
                  - activation.function().applyAsDouble(x - STEP))
              / (2 * STEP);
      assertThat(activation.derivative().applyAsDouble(x))
          .as("%s'(%s)", activation.name(), x)
          .isCloseTo(difference, within(DIFFERENCE_TOLERANCE));
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void secondDerivativeIsTheLimitOfDifferences(Activation activation) {
    for (double x : POINTS) {
      double difference =
          (activation.derivative().applyAsDouble(x + STEP)
                  - activation.derivative().applyAsDouble(x - STEP))
              / (2 * STEP);
      assertThat(activation.secondDerivative().applyAsDouble(x))
          .as("%s''(%s)", activation.name(), x)
          .isCloseTo(difference, within(DIFFERENCE_TOLERANCE));
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void staysFiniteFarFromZero(Activation activation) {
    for (double x : new double[] {-1e5, -800, 800, 1e5}) {
      assertThat(activation.function().applyAsDouble(x)).as(activation.name()).isFinite();
      assertThat(activation.derivative().applyAsDouble(x)).as(activation.name()).isFinite();
      assertThat(activation.secondDerivative().applyAsDouble(x)).as(activation.name()).isFinite();
    }
  }

  static Stream<Activation> activations() {
    return Activation.all().stream();
  }

  /** Values known to more digits than asked for here. */
  @ParameterizedTest
  @CsvSource({
    "gelu, 1, .841344746",
    "gelu-tanh, 1, .841191990",
    "silu, 1, .731058579",
    "mish, 1, .865098388",
    "softplus, 0, .693147181",
    "elu, -1, -.632120559",
    "selu, -1, -1.111330738",
    "hard-swish, 1, .666666667",
    "hard-tanh, -7, -1",
    "softsign, -3, -.75",
    "leaky-relu, -2, -.02",
    "prelu, -2, -.5",
    "sigmoid, -2, .119202922",
  })
  void values(String name, double x, double value) {
    assertThat(Activation.named(name).function().applyAsDouble(x))
        .isCloseTo(value, within(NINE_DIGITS));
  }

  @Test
  void rejectsAnUnknownName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Activation.named("swish"))
        .withMessageStartingWith(
            "Invalid activation: swish (did you mean mish? valid: identity, relu, leaky-relu, ");
  }

  @Test
  void aLeakyReluIsNamedByItsSlope() {
    assertThat(Activation.leakyRelu(.1).name()).isEqualTo("leaky-relu(0.1)");
  }

  @Test
  void onlyLinearHalvesHaveANegativeSlope() {
    assertThat(Activation.all())
        .filteredOn(activation -> activation.negativeSlope().isPresent())
        .extracting(Activation::name)
        .containsExactly("identity", "relu", "leaky-relu", "prelu");
    assertThat(Activation.named("prelu").negativeSlope()).hasValue(.25);
    assertThat(Activation.named("relu").negativeSlope()).hasValue(0);
    assertThat(Activation.named("identity").negativeSlope()).hasValue(1);
    assertThat(Activation.of("abs", Math::abs, 0).negativeSlope()).hasValue(-1);
    assertThat(Activation.of("twice", x -> 2 * x).negativeSlope()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"leaky-relu(.2), -.4", "prelu(-.5), 1", "prelu(1), -2", "elu(3), -2.593994150"})
  void aNameTakesAParameter(String name, double atMinusTwo) {
    Activation activation = Activation.named(name);

    assertThat(activation.name()).isEqualTo(name);
    assertThat(activation.function().applyAsDouble(-2)).isCloseTo(atMinusTwo, within(NINE_DIGITS));
  }

  @Test
  void aKinkIsDifferentiatedFromTheSideThePointIsOn() {
    Activation two = Activation.of("two kinks", x -> Math.abs(x) + Math.abs(x - 1e-3), 0, 1e-3);

    assertThat(two.derivative().applyAsDouble(-1e-9)).isCloseTo(-2, within(DIFFERENCE));
    assertThat(two.derivative().applyAsDouble(1e-9)).isCloseTo(0, within(DIFFERENCE));
    assertThat(two.derivative().applyAsDouble(1e-3 - 1e-9)).isCloseTo(0, within(DIFFERENCE));
    assertThat(two.derivative().applyAsDouble(1e-3 + 1e-9)).isCloseTo(2, within(DIFFERENCE));
  }
}
