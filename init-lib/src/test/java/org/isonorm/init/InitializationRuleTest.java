package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.isonorm.init.Distribution.Constant;
import org.isonorm.init.Distribution.Normal;
import org.isonorm.init.Distribution.Uniform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InitializationRuleTest {
  /** A few roundings of a double. */
  private static final double ROUNDING = 1e-14;

  private static final LayerTopology STEM = convolution("stem", 64, 3, 3); // n 27, m 576
  private static final LayerTopology WIDE = convolution("wide", 128, 64, 3); // n 576, m 1152
  private static final LayerTopology POINT = convolution("point", 32, 16, 1); // n 16, m 32
  private static final LayerTopology GROUPED = // n 36, m 288
      new LayerTopology(
          "grouped",
          LayerKind.CONVOLUTION,
          WeightShape.groupedConvolution(32, 16, 3, 3, 4),
          false,
          true);
  private static final LayerTopology CLASSIFIER = // n 512, m 10
      new LayerTopology("fc", LayerKind.CLASSIFIER, WeightShape.dense(10, 512), true, false);

  /** The variance of layers after the first at γ = .4 and std = .01, worked out by hand. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // rule           | 64x3x3x3     | 128x64x3x3   | 32x16x1x1   | 32x(16/4)x3x3
        "bn-gamma | 0.0086805556 | 0.0043402778 | 0.15625 | 0.0173611111",
        "forward | 0.0740740741 | 0.0034722222 | 0.125 | 0.0555555556",
        "backward | 0.0034722222 | 0.0017361111 | 0.0625 | 0.0069444444",
        "kaiming-fan-in | 0.0740740741 | 0.0034722222 | 0.125 | 0.0555555556",
        "kaiming-fan-out | 0.0034722222 | 0.0017361111 | 0.0625 | 0.0069444444",
        "xavier | 0.0033167496 | 0.0011574074 | 0.0416666667 | 0.0061728395",
        "lecun | 0.0370370370 | 0.0017361111 | 0.0625 | 0.0277777778",
        "fixed-std | 0.0001 | 0.0001 | 0.0001 | 0.0001",
        "framework-default | 0.0123456790 | 0.0005787037 | 0.0208333333 | 0.0092592593",
        "5/m | 0.0086805556 | 0.0043402778 | 0.15625 | 0.0173611111",
        "1.5/m | 0.0026041667 | 0.0013020833 | 0.046875 | 0.0052083333",
        ".25/n | 0.0092592593 | 0.0004340278 | 0.015625 | 0.0069444444",
      })
  void varianceOfConvolutions(String rule, double stem, double wide, double point, double grouped) {
    InitializationRule named = InitializationRule.named(rule);
    Initialization settings = settings(rule, "normal", "1/n");

    assertThat(variance(named, settings, STEM)).isCloseTo(stem, within(5e-11));
    assertThat(variance(named, settings, WIDE)).isCloseTo(wide, within(5e-11));
    assertThat(variance(named, settings, POINT)).isCloseTo(point, within(5e-11));
    assertThat(variance(named, settings, GROUPED)).isCloseTo(grouped, within(5e-11));
  }

  /** As above, for a classifier of 512 inputs and 10 outputs. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1/n | 0.001953125",
        ".25/n | 0.00048828125",
        "0.25/n | 0.00048828125",
        "constant | 0",
        "normal-.01 | 0.0001",
        "bn-gamma | 0.009765625",
        "forward | 0.001953125",
        "backward | 0.2",
        "kaiming-fan-in | 0.00390625",
        "kaiming-fan-out | 0.2",
        "xavier | 0.0038314176",
        "lecun | 0.001953125",
        "fixed-std | 0.0001",
        "framework-default | 0.0006510417",
        "3/m | 0.3",
      })
  void varianceOfAClassifier(String rule, double variance) {
    assertThat(
            variance(
                InitializationRule.forClassifier(rule),
                settings("bn-gamma", "normal", rule),
                CLASSIFIER))
        .isCloseTo(variance, within(5e-11));
  }

  /** c of Var(w) = c/m for each setting of Zhang et al. 2022, §5, and the γ = 2/c it stands for. */
  @ParameterizedTest
  @CsvSource({
    "5, .4",
    "3, .6666666666666666",
    "1.5, 1.3333333333333333",
    "1.2, 1.6666666666666667",
    "2.5, .8"
  })
  void gammaIsTwoOverTheNumeratorOfThePaper(String numerator, double initGamma) {
    Initialization byGamma = Initialization.bnGamma(initGamma);
    InitializationRule byNumerator = InitializationRule.named(numerator + "/m");

    assertThat(variance(InitializationRule.named("bn-gamma"), byGamma, WIDE))
        .isCloseTo(variance(byNumerator, byGamma, WIDE), within(ROUNDING));
  }

  @Test
  void classifierRulesAreTheBnRuleOverInputsAtGammaTwoAndEight() {
    InitializationRule bnGamma = InitializationRule.forClassifier("bn-gamma");

    assertThat(variance(bnGamma, Initialization.bnGamma(2), CLASSIFIER)).isEqualTo(1. / 512);
    assertThat(variance(bnGamma, Initialization.bnGamma(8), CLASSIFIER)).isEqualTo(.25 / 512);
  }

  @Test
  void onlyForwardTreatsTheFirstLayerApart() {
    Initialization settings = settings("forward", "normal", "1/n");

    assertThat(InitializationRule.all())
        .filteredOn(
            rule ->
                !rule.distribution(settings, STEM, true)
                    .equals(rule.distribution(settings, STEM, false)))
        .extracting(InitializationRule::name)
        .containsExactly("forward");
    assertThat(InitializationRule.named("forward").distribution(settings, STEM, true).variance())
        .isEqualTo(1. / 27);
  }

  @ParameterizedTest
  @ValueSource(strings = {"normal", "uniform", "truncated-normal"})
  void theDistributionIsTheOneChosenAndKeepsTheVariance(String distribution) {
    Distribution drawn =
        InitializationRule.named("xavier")
            .distribution(settings("xavier", distribution, "1/n"), WIDE, false);

    assertThat(drawn).isEqualTo(Distribution.named(distribution, 2. / (576 + 1152)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"normal", "uniform", "truncated-normal"})
  void someRulesFixTheDistributionThemselves(String distribution) {
    Initialization settings = settings("bn-gamma", distribution, "1/n");

    assertThat(drawn("constant", settings)).isEqualTo(new Constant(.01));
    assertThat(drawn("normal-.01", settings)).isEqualTo(new Normal(.01 * .01));
    assertThat(drawn("framework-default", settings))
        .isInstanceOfSatisfying(
            Uniform.class,
            uniform -> assertThat(uniform.limit()).isCloseTo(1 / Math.sqrt(512), within(ROUNDING)));
  }

  @Test
  void publishedUniformBounds() {
    assertThat(
            InitializationRule.named("xavier")
                .distribution(settings("xavier", "uniform", "1/n"), WIDE, false))
        .isInstanceOfSatisfying(
            Uniform.class,
            uniform ->
                assertThat(uniform.limit())
                    .isCloseTo(Math.sqrt(6. / (576 + 1152)), within(ROUNDING)));
    assertThat(
            InitializationRule.named("kaiming-fan-in")
                .distribution(settings("kaiming-fan-in", "uniform", "1/n"), WIDE, false))
        .isInstanceOfSatisfying(
            Uniform.class,
            uniform ->
                assertThat(uniform.limit()).isCloseTo(Math.sqrt(6. / 576), within(ROUNDING)));
  }

  @Test
  void fixedStdFollowsItsSetting() {
    Initialization settings = new Initialization("fixed-std", 1, "normal", "1/n", .05);

    assertThat(variance(InitializationRule.named("fixed-std"), settings, WIDE))
        .isCloseTo(.0025, within(ROUNDING));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void everyRuleIsFoundByItsNameAndSaysWhatItIs(InitializationRule rule) {
    assertThat(InitializationRule.forClassifier(rule.name())).isSameAs(rule);
    assertThat(rule.formula()).isNotBlank();
    assertThat(rule.source()).isNotBlank();
    assertThat(rule).hasToString(rule.name());
  }

  static Stream<InitializationRule> rules() {
    return InitializationRule.allForClassifier().stream();
  }

  @Test
  void namesAreUnique() {
    assertThat(InitializationRule.allForClassifier())
        .extracting(InitializationRule::name)
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({
    "kaimng-fan-in, kaiming-fan-in",
    "Xavier, xavier",
    "bngamma, bn-gamma",
    "kaiming, kaiming-fan-in",
    "5/k, c/n"
  })
  void anUnknownRuleNamesTheNearestAndListsAll(String typed, String meant) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InitializationRule.named(typed))
        .withMessage(
            "Invalid rule: %s (did you mean %s? valid: bn-gamma, forward, backward,"
                    .formatted(typed, meant)
                + " kaiming-fan-in, kaiming-fan-out, xavier, lecun, fixed-std, framework-default,"
                + " c/n, c/m)");
  }

  @Test
  void anUnknownClassifierRuleListsTheClassifiersOwnToo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InitializationRule.forClassifier("constnat"))
        .withMessage(
            "Invalid classifier: constnat (did you mean constant? valid: 1/n, .25/n, constant,"
                + " normal-.01, bn-gamma, forward, backward, kaiming-fan-in, kaiming-fan-out,"
                + " xavier, lecun, fixed-std, framework-default, c/n, c/m)");
  }

  @Test
  void aFractionOfZeroIsRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InitializationRule.named("0/m"))
        .withMessage("Invalid numerator of 0/m: 0 (must be > 0 and finite)");
  }

  private static Initialization settings(String rule, String distribution, String classifier) {
    return new Initialization(rule, .4, distribution, classifier);
  }

  private static double variance(
      InitializationRule rule, Initialization settings, LayerTopology layer) {
    return rule.distribution(settings, layer, false).variance();
  }

  private static Distribution drawn(String rule, Initialization settings) {
    return InitializationRule.forClassifier(rule).distribution(settings, CLASSIFIER, false);
  }

  private static LayerTopology convolution(String name, int out, int in, int kernel) {
    return new LayerTopology(
        name, LayerKind.CONVOLUTION, WeightShape.convolution(out, in, kernel, kernel), false, true);
  }
}
