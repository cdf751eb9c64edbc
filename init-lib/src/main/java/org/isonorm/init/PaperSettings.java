package org.isonorm.init;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The settings of Zhang et al. 2022, §5: γ = 2/c of Var(w) = c/m and the classifier's rule, for
 * four networks and two data sets, all at learning rate .1.
 *
 * @param network the network's name
 * @param dataset cifar10 or cifar100
 * @param initGamma γ
 * @param classifierRule rule of the classifier
 */
public record PaperSettings(
    String network, String dataset, double initGamma, String classifierRule) {

  /** The learning rate that all of them were found at. */
  public static final double LEARNING_RATE = .1;

  private static final List<PaperSettings> ALL =
      List.of(
          of("vgg-19", "cifar10", 5, "1/n"),
          of("resnet-110", "cifar10", 5, "1/n"),
          of("densenet-100", "cifar10", 5, "1/n"),
          of("wrn-28-10", "cifar10", 3, ".25/n"),
          of("vgg-19", "cifar100", 1.5, "constant"),
          of("resnet-110", "cifar100", 1.5, "constant"),
          of("densenet-100", "cifar100", 1.2, ".25/n"),
          of("wrn-28-10", "cifar100", 2.5, "1/n"));

  /** Numerators that most of the networks share, for 10 and 100 classes. */
  private static final double USUAL_OF_10_CLASSES = 5;

  private static final double USUAL_OF_100_CLASSES = 1.5;

  /** √(10 · 100), where one data set is as far as the other. */
  private static final int BETWEEN_10_AND_100_CLASSES = 31;

  private static PaperSettings of(
      String network, String dataset, double numerator, String classifierRule) {
    return new PaperSettings(network, dataset, 2 / numerator, classifierRule);
  }

  /** All eight. */
  public static List<PaperSettings> all() {
    return ALL;
  }

  /**
   * The paper's settings for that network on that data set.
   *
   * @throws IllegalArgumentException if it has none; says what it has
   */
  public static PaperSettings of(String network, String dataset) {
    return ALL.stream()
        .filter(settings -> settings.network.equals(network) && settings.dataset.equals(dataset))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "Invalid init-gamma: paper for %s on %s (the paper has values for %s on %s; give a number, or auto)",
                        network,
                        dataset,
                        distinct(ALL.stream().map(PaperSettings::network).toList()),
                        distinct(ALL.stream().map(PaperSettings::dataset).toList()))));
  }

  /**
   * γ for another learning rate or network: the one at which η γ is what the paper's settings make
   * it, η γ = .1 · γ_paper (.04 for VGG-19 on CIFAR-10).
   *
   * <p>A heuristic, derived so. By Var(w) = 2/(γ m) a filter of n weights starts with ‖w‖² = 2n/(γ
   * m). Behind batch normalization the loss does not know ‖w‖, and gradients go as 1/‖w‖: a step of
   * rate η turns the filter as a step of rate η/‖w‖² would turn one of norm 1, the effective
   * learning rate η γ m/(2n) = η γ Cout/(2 Cin) (van Laarhoven 2017). So η and γ count through η γ
   * alone, exactly so if η · weight decay and the rates of the classifier and of batch
   * normalization stay; and a γ that the paper found at η = .1 becomes .1 γ/η. What that leaves out
   * is that these others move with η in practice, and that the norms forget γ over some 1/(η ·
   * weight decay) steps.
   *
   * <p>Networks that the paper does not have take the value that most of its networks share: η γ =
   * .04 for few classes, .133 for many.
   *
   * @param classes of the data set; up to 31 count as CIFAR-10's, more as CIFAR-100's
   */
  public static double initGammaFor(String network, int classes, double learningRate) {
    Checks.positive("classes", classes);
    Checks.positiveAndFinite("learning rate", learningRate);
    boolean few = classes <= BETWEEN_10_AND_100_CLASSES;
    String dataset = few ? "cifar10" : "cifar100";
    double usual = 2 / (few ? USUAL_OF_10_CLASSES : USUAL_OF_100_CLASSES);
    double initGamma =
        ALL.stream()
            .filter(
                settings -> settings.network.equals(network) && settings.dataset.equals(dataset))
            .mapToDouble(PaperSettings::initGamma)
            .findFirst()
            .orElse(usual);
    return LEARNING_RATE * initGamma / learningRate;
  }

  private static String distinct(List<String> names) {
    return names.stream().distinct().collect(Collectors.joining(", "));
  }
}
