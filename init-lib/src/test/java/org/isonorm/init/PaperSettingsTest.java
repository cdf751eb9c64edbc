package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaperSettingsTest {
  private static final double ROUNDING = 1e-14;

  @ParameterizedTest
  @CsvSource({
    "vgg-19, cifar10, 5, 1/n",
    "resnet-110, cifar10, 5, 1/n",
    "densenet-100, cifar10, 5, 1/n",
    "wrn-28-10, cifar10, 3, .25/n",
    "vgg-19, cifar100, 1.5, constant",
    "resnet-110, cifar100, 1.5, constant",
    "densenet-100, cifar100, 1.2, .25/n",
    "wrn-28-10, cifar100, 2.5, 1/n",
  })
  void settingsOfThePaper(String network, String dataset, double numerator, String classifier) {
    PaperSettings settings = PaperSettings.of(network, dataset);

    assertThat(settings.initGamma()).isCloseTo(2 / numerator, within(ROUNDING));
    assertThat(settings.classifierRule()).isEqualTo(classifier);
    assertThat(InitializationRule.forClassifier(classifier).name()).isEqualTo(classifier);
  }

  @ParameterizedTest
  @CsvSource({
    "vgg-19, 10, .1, .4",
    "vgg-19, 10, .01, 4",
    "vgg-19, 10, .001, 40",
    "vgg-19, 100, .1, 1.3333333333333333",
    "wrn-28-10, 10, .2, .3333333333333333",
    "densenet-100, 100, .05, 3.3333333333333333",
    "resnet-20, 10, .05, .8",
    "resnet-20, 100, .1, 1.3333333333333333",
  })
  void theProductOfRateAndGammaIsThePapers(
      String network, int classes, double learningRate, double initGamma) {
    assertThat(PaperSettings.initGammaFor(network, classes, learningRate))
        .isCloseTo(initGamma, within(10 * ROUNDING));
  }

  @Test
  void atThePapersRateItIsThePapersGamma() {
    for (PaperSettings settings : PaperSettings.all()) {
      int classes = settings.dataset().equals("cifar10") ? 10 : 100;
      assertThat(PaperSettings.initGammaFor(settings.network(), classes, .1))
          .isCloseTo(settings.initGamma(), within(ROUNDING));
    }
  }

  /** What the derivation says: η/‖w‖² of a filter is the same at any η. */
  @Test
  void theEffectiveLearningRateIsTheSameAtAnyRate() {
    Fan fan = new Fan(64 * 9, 128 * 9);
    for (double learningRate : new double[] {.1, .03, .001}) {
      double initGamma = PaperSettings.initGammaFor("vgg-19", 10, learningRate);
      double squaredNorm = fan.in() * new VarianceScaling(2 / initGamma, FanMode.OUT).variance(fan);
      assertThat(learningRate / squaredNorm).isCloseTo(.04 * 128 / (2 * 64), within(ROUNDING));
    }
  }

  @Test
  void otherNetworksAndDataSetsHaveNoSettings() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaperSettings.of("resnet-20", "cifar10"))
        .withMessage(
            "Invalid init-gamma: paper for resnet-20 on cifar10 (the paper has values for vgg-19,"
                + " resnet-110, densenet-100, wrn-28-10 on cifar10, cifar100; give a number, or"
                + " auto)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaperSettings.of("vgg-19", "synthetic"))
        .withMessageStartingWith("Invalid init-gamma: paper for vgg-19 on synthetic (");
  }

  @Test
  void rejectsARateOfZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaperSettings.initGammaFor("vgg-19", 10, 0))
        .withMessage("Invalid learning rate: 0 (must be > 0 and finite)");
  }
}
