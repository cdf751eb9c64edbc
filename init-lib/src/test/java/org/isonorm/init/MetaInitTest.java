package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.isonorm.init.MetaInit.Settings;
import org.isonorm.init.MetaInit.Version;
import org.isonorm.init.TunedScales.TensorScale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetaInitTest {
  /** GQ divides by g + ε sign(g): ε of 1e-5 moves the quotient by less. */
  private static final double SIGN_STEP = 1e-6;

  /** The same fraction in two forms, of which one takes 1 from a number near it. */
  private static final double REARRANGED = 1e-9;

  /** Central differences over 3e-4 of a quotient that has kinks. */
  private static final double DIFFERENCE = 1e-3;

  /** A dozen operations on numbers of 1 to 100. */
  private static final double ROUNDING = 1e-12;

  private static final double EPSILON = 1e-5;

  @ParameterizedTest
  @CsvSource({".5, -2", "3, .2", "1, 1.5", "-2, -1"})
  void theQuotientIsTheClosedFormOfTwoLinearLayers(double u, double v) {
    double e = u * v - 1;
    double[] product = TwoLayerNet.hessianTimes(u, v, v * e, u * e);
    double exact = (term(product[0], v * e) + term(product[1], u * e)) / 2;

    assertThat(quotient(new TwoLayerNet(), new double[][] {{u}, {v}}))
        .isCloseTo(exact, within(SIGN_STEP));
    // The other form of the definition, mean |(g - p)/(g + ε s) - 1|.
    double first = (v * e - product[0]) / (v * e + EPSILON * Math.signum(v * e)) - 1;
    assertThat(Math.abs(first)).isCloseTo(term(product[0], v * e), within(REARRANGED));
  }

  /** The authors' code gives a gradient of 0 the sign of a positive one: |(0 − 0)/ε − 1|. */
  @Test
  void aTermWhoseGradientIsZeroIsOne() {
    assertThat(quotient(new TwoLayerNet(), new double[][] {{2}, {.5}})).isEqualTo(1);
  }

  /**
   * The exact shortcut and the differences of GQ, against differences of GQ at another distance.
   */
  @ParameterizedTest
  @CsvSource({"tanh, 1", "softplus, 1", "softplus, 4"})
  void derivativesAreThoseOfTheQuotient(String activation, double classifierStd) {
    TinyBatchNormNet net = new TinyBatchNormNet(Activation.named(activation), 1);
    double[][] at = TinyBatchNormNet.start(6, classifierStd);
    GradientQuotient quotient = new GradientQuotient(net, at, EPSILON, 0);

    double[] derivatives = quotient.logarithmicDerivatives(new boolean[] {true, true, false, true});

    for (int tensor : new int[] {0, 1, 3}) {
      double step = 3e-4;
      double[] factors = Tensors.ones(4);
      factors[tensor] = Math.exp(step);
      double more = quotient(net, Tensors.scaled(at, factors));
      factors[tensor] = Math.exp(-step);
      double less = quotient(net, Tensors.scaled(at, factors));
      double difference = (more - less) / (2 * step);
      assertThat(derivatives[tensor])
          .as("tensor %d", tensor)
          .isCloseTo(difference, within(DIFFERENCE * Math.max(1, Math.abs(difference))));
    }
    assertThat(derivatives[2]).isZero();
  }

  /** Batch by batch GQ scatters by a factor, since some gradients are near 0. */
  @ParameterizedTest
  @CsvSource({"ORIGINAL, .05, 1", "TABLE_1, .01, 2", "ORIGINAL, .05, 3", "TABLE_1, .01, 4"})
  void theQuotientFallsOverTheSteps(Version version, double learningRate, long seed) {
    TinyBatchNormNet net = new TinyBatchNormNet(Activation.named("relu"), 1);
    double[][] start = TinyBatchNormNet.start(seed, 3);
    Settings settings = new Settings(version, learningRate, .9, 150, EPSILON);

    TunedScales tuned = MetaInit.run(net, start, settings, TuningProgress.none());

    assertThat(median(tuned.values().subList(100, 150)))
        .isLessThan(.7 * median(tuned.values().subList(0, 10)));
    assertThat(tuned.tensors())
        .filteredOn(tensor -> tensor.scale() != 1)
        .extracting(TensorScale::name)
        .containsExactlyElementsOf(
            version == Version.ORIGINAL
                ? List.of("conv", "classifier")
                : List.of("conv", "bn.scale", "classifier"));
  }

  /** At u = v = 2, GQ = |p|/|g| with g = (6, 6), p = (4 + 7)·(6, 6): larger norms, larger GQ. */
  @Test
  void theOriginalMovesNormsByTheRateThenByMomentum() {
    Settings one = new Settings(Version.ORIGINAL, .1, .9, 1, EPSILON);
    Settings two = new Settings(Version.ORIGINAL, .1, .9, 2, EPSILON);
    double[][] start = {{2}, {2}};

    // ‖W‖ falls by .1, then by .9·.1 + .1.
    assertThat(scales(MetaInit.run(new TwoLayerNet(), start, one, TuningProgress.none())))
        .containsExactly(new double[] {1.9 / 2, 1.9 / 2}, within(ROUNDING));
    assertThat(scales(MetaInit.run(new TwoLayerNet(), start, two, TuningProgress.none())))
        .containsExactly(new double[] {1.71 / 2, 1.71 / 2}, within(ROUNDING));
  }

  @Test
  void publishedSettings() {
    assertThat(Settings.original()).isEqualTo(new Settings(Version.ORIGINAL, .1, .9, 500, 1e-5));
    assertThat(Settings.table1(390)).isEqualTo(new Settings(Version.TABLE_1, 1e-3, 0, 390, 1e-5));
  }

  @Test
  void rejectsAMomentumOfOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Settings(Version.ORIGINAL, .1, 1, 1, EPSILON))
        .withMessage("Invalid momentum: 1 (must be in [0, 1))");
  }

  private static double term(double product, double gradient) {
    return Math.abs(product + EPSILON * Math.signum(gradient)) / (Math.abs(gradient) + EPSILON);
  }

  private static double quotient(GradientOracle net, double[][] at) {
    return new GradientQuotient(net, at, EPSILON, 0).value();
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static double[] scales(TunedScales tuned) {
    return tuned.tensors().stream().mapToDouble(TensorScale::scale).toArray();
  }
}
