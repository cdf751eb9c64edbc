package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
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
  /** Ten decimals are given. */
  private static final double TEN_DIGITS = 5e-11;

  /** Six decimals are given. */
  private static final double SIX_DIGITS = 5.1e-7;

  /** A few roundings of a double. */
  private static final double ROUNDING = 1e-14;

  private static final LayerTopology STEM = convolution("stem", 64, 3, 3); // n 27, m 576
  private static final LayerTopology WIDE = convolution("wide", 128, 64, 3); // n 576, m 1152
  private static final LayerTopology POINT = convolution("point", 32, 16, 1); // n 16, m 32
  private static final LayerTopology NARROWING = convolution("narrowing", 32, 64, 3);
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
        "2/avg | 0.0066334992 | 0.0023148148 | 0.0833333333 | 0.0123456790",
        "2/gm | 0.0160375075 | 0.0024552319 | 0.0883883476 | 0.0196418550",
        "kaiming-uniform | 0.0740740741 | 0.0034722222 | 0.125 | 0.0555555556",
        "kaiming-table-1 | 0.0034722222 | 0.0017361111 | 0.0625 | 0.0069444444",
        "xavier-uniform | 0.0033167496 | 0.0011574074 | 0.0416666667 | 0.0061728395",
        "orthogonal | 0.03125 | 0.0034722222 | 0.0625 | 0.0555555556",
        "orthonormal | 0.015625 | 0.0017361111 | 0.03125 | 0.0277777778",
      })
  void varianceOfConvolutions(String rule, double stem, double wide, double point, double grouped) {
    InitializationRule named = InitializationRule.named(rule);
    Initialization settings = settings(rule, "normal", "1/n");

    assertThat(variance(named, settings, STEM)).isCloseTo(stem, within(TEN_DIGITS));
    assertThat(variance(named, settings, WIDE)).isCloseTo(wide, within(TEN_DIGITS));
    assertThat(variance(named, settings, POINT)).isCloseTo(point, within(TEN_DIGITS));
    assertThat(variance(named, settings, GROUPED)).isCloseTo(grouped, within(TEN_DIGITS));
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
        .isCloseTo(variance, within(TEN_DIGITS));
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
    Initialization settings =
        settings("forward", "normal", "1/n").withActivation(Activation.named("prelu"));

    assertThat(InitializationRule.all())
        // Whitening is of the first layer alone.
        .filteredOn(rule -> !rule.name().equals("whitening"))
        .filteredOn(
            rule ->
                !rule.sampler(settings, Sites.first(STEM))
                    .equals(rule.sampler(settings, Sites.later(STEM))))
        .extracting(InitializationRule::name)
        .containsExactly("forward", "forward-paper-literal");
    assertThat(InitializationRule.named("forward").sampler(settings, Sites.first(STEM)))
        .extracting(sampler -> sampler.variance(STEM.shape()))
        .isEqualTo(1. / 27);
  }

  @ParameterizedTest
  @ValueSource(strings = {"normal", "uniform", "truncated-normal"})
  void theDistributionIsTheOneChosenAndKeepsTheVariance(String distribution) {
    WeightSampler drawn =
        InitializationRule.named("xavier")
            .sampler(settings("xavier", distribution, "1/n"), Sites.later(WIDE));

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
    for (String rule : List.of("xavier", "xavier-uniform")) {
      assertThat(
              InitializationRule.named(rule)
                  .sampler(settings(rule, "uniform", "1/n"), Sites.later(WIDE)))
          .isInstanceOfSatisfying(
              Uniform.class,
              uniform ->
                  assertThat(uniform.limit())
                      .isCloseTo(Math.sqrt(6. / (576 + 1152)), within(ROUNDING)));
    }
    for (String rule : List.of("kaiming-fan-in", "kaiming-uniform")) {
      assertThat(
              InitializationRule.named(rule)
                  .sampler(settings(rule, "uniform", "1/n"), Sites.later(WIDE)))
          .isInstanceOfSatisfying(
              Uniform.class,
              uniform ->
                  assertThat(uniform.limit()).isCloseTo(Math.sqrt(6. / 576), within(ROUNDING)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kaiming-uniform", "xavier-uniform", "framework-default"})
  void uniformRulesAreUniformWhateverTheSetting(String rule) {
    assertThat(
            InitializationRule.named(rule)
                .sampler(settings(rule, "normal", "1/n"), Sites.later(WIDE)))
        .isInstanceOf(Uniform.class);
  }

  /** Eqns 22 and 34 with PReLU's slope: 24 and 36 at a = 0, a linear layer's at a = 1. */
  @ParameterizedTest
  @CsvSource({"0, 2", "1, 1", ".25, 1.8823529411764706", "-1, 1"})
  void preluIsBetweenReluAndTheIdentity(double slope, double numerator) {
    Initialization settings = Initialization.byRule("forward");
    Site site = behind(Activation.leakyRelu(slope), WIDE);

    assertThat(InitializationRule.named("forward").sampler(settings, site))
        .isEqualTo(new Normal(numerator / 576));
    assertThat(InitializationRule.named("backward").sampler(settings, site))
        .isEqualTo(new Normal(numerator / 1152));
  }

  /** Eqns 25 and 37 as printed contradict eqns 24 and 36 at a = 0 and the linear layer at a = 1. */
  @ParameterizedTest
  @CsvSource({"0, 1", "1, 2", ".25, 1.0625"})
  void thePrintedPreluFormulasAreThereOnRequest(double slope, double numerator) {
    Activation prelu = Activation.leakyRelu(slope);
    Initialization settings = Initialization.byRule("forward").withActivation(prelu);
    Site site = behind(prelu, WIDE);

    assertThat(InitializationRule.named("forward-paper-literal").sampler(settings, site))
        .isEqualTo(new Normal(numerator / 576));
    assertThat(InitializationRule.named("backward-paper-literal").sampler(settings, site))
        .isEqualTo(new Normal(numerator / 1152));
  }

  @Test
  void thePrintedPreluFormulasKnowNoOtherActivation() {
    Initialization settings =
        Initialization.byRule("forward").withActivation(Activation.named("tanh"));

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                InitializationRule.named("backward-paper-literal")
                    .sampler(settings, Sites.later(WIDE)))
        .withMessage(
            "Invalid activation: tanh for a paper-literal rule (must be relu, leaky-relu or prelu;"
                + " forward and backward take any)");
  }

  @ParameterizedTest
  @CsvSource({"tanh, .394294, .464403", "gelu, .425221, .455851", "selu, 1, 1.071575"})
  void forwardAndBackwardTakeAnyActivation(String name, double forward, double backward) {
    Initialization settings = Initialization.byRule("forward");
    Site site = behind(Activation.named(name), WIDE);

    assertThat(1 / variance(InitializationRule.named("forward"), settings, site) / 576)
        .isCloseTo(forward, within(SIX_DIGITS));
    assertThat(1 / variance(InitializationRule.named("backward"), settings, site) / 1152)
        .isCloseTo(backward, within(SIX_DIGITS));
  }

  /** Of a VGG, a ResNet, a DenseNet and a WRN, as their code in GradInit's repository has them. */
  @Test
  void kaimingOfTableOneIsAnotherForEveryNetwork() {
    Initialization settings = Initialization.byRule("kaiming-table-1");
    InitializationRule rule = InitializationRule.named("kaiming-table-1");

    for (String network : List.of("vgg-19", "resnet-110", "densenet-100")) {
      assertThat(rule.sampler(settings, Sites.in(network, WIDE))).isEqualTo(new Normal(2. / 1152));
      assertThat(rule.bias(Sites.in(network, WIDE))).isEqualTo(new Constant(0));
    }
    assertThat(rule.sampler(settings, Sites.in("vgg-19", CLASSIFIER)))
        .isEqualTo(new Normal(.01 * .01));
    assertThat(rule.bias(Sites.in("vgg-19", CLASSIFIER))).isEqualTo(new Constant(0));
    assertThat(rule.sampler(settings, Sites.in("wrn-28-10", WIDE)))
        .isEqualTo(new Uniform(1. / 3 / 576));
    for (String network : List.of("resnet-110", "densenet-100", "wrn-28-10")) {
      assertThat(rule.sampler(settings, Sites.in(network, CLASSIFIER)))
          .isEqualTo(new Uniform(1. / 3 / 512));
      assertThat(rule.bias(Sites.in(network, CLASSIFIER)))
          .isInstanceOfSatisfying(
              Uniform.class,
              uniform ->
                  assertThat(uniform.limit()).isCloseTo(1 / Math.sqrt(512), within(ROUNDING)));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rule.sampler(settings, Sites.in("mine", WIDE)))
        .withMessage(
            "Invalid rule: kaiming-table-1 for mine (table 1 has networks vgg-…, resnet-…,"
                + " densenet-… and wrn-…; choose kaiming-fan-out)");
  }

  @Test
  void orthogonalRulesMakeUpForTheActivation() {
    Initialization settings = Initialization.byRule("orthogonal");

    assertThat(InitializationRule.named("orthogonal").sampler(settings, Sites.later(WIDE)))
        .isEqualTo(new Orthogonal(1 / Math.sqrt(.5)));
    assertThat(InitializationRule.named("orthonormal").sampler(settings, Sites.later(WIDE)))
        .isEqualTo(new Orthogonal(1));
    assertThat(InitializationRule.named("delta-orthogonal").sampler(settings, Sites.later(WIDE)))
        .isEqualTo(new DeltaOrthogonal(1 / Math.sqrt(.5)));
  }

  @Test
  void deltaOrthogonalRefusesMoreInputsThanOutputs() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                InitializationRule.named("delta-orthogonal")
                    .sampler(Initialization.byRule("orthogonal"), Sites.later(NARROWING)))
        .withMessage(
            "Invalid shape for delta-orthogonal layer narrowing: 64 input and 32 output channels"
                + " (must have at least as many outputs as inputs; orthogonal takes any shape)");
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
                + " forward-paper-literal, backward-paper-literal, kaiming-fan-in, kaiming-fan-out,"
                + " kaiming-uniform, kaiming-table-1, xavier, xavier-uniform, lecun, fixed-std,"
                + " framework-default, orthogonal, orthonormal, delta-orthogonal, zero-ones,"
                + " partial-identity, whitening, fixup, c/n, c/m, c/avg, c/gm)");
  }

  @Test
  void anUnknownClassifierRuleListsTheClassifiersOwnToo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InitializationRule.forClassifier("constnat"))
        .withMessage(
            "Invalid classifier: constnat (did you mean constant? valid: 1/n, .25/n, constant,"
                + " normal-.01, bn-gamma, forward, backward,"
                + " forward-paper-literal, backward-paper-literal, kaiming-fan-in, kaiming-fan-out,"
                + " kaiming-uniform, kaiming-table-1, xavier, xavier-uniform, lecun, fixed-std,"
                + " framework-default, orthogonal, orthonormal, delta-orthogonal, zero-ones,"
                + " partial-identity, whitening, fixup, c/n, c/m, c/avg, c/gm)");
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
    return variance(rule, settings, Sites.later(layer));
  }

  private static double variance(InitializationRule rule, Initialization settings, Site site) {
    return rule.sampler(settings, site).variance(site.layer().shape());
  }

  private static WeightSampler drawn(String rule, Initialization settings) {
    return InitializationRule.forClassifier(rule).sampler(settings, Sites.later(CLASSIFIER));
  }

  private static Site behind(Activation activation, LayerTopology layer) {
    return new Site("vgg-19", layer, false, GainChain.atInput(activation).normalized());
  }

  private static LayerTopology convolution(String name, int out, int in, int kernel) {
    return new LayerTopology(
        name, LayerKind.CONVOLUTION, WeightShape.convolution(out, in, kernel, kernel), false, true);
  }
}
