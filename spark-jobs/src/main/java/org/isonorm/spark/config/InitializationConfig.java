package org.isonorm.spark.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isonorm.init.Activation;
import org.isonorm.init.Distribution;
import org.isonorm.init.FanCount;
import org.isonorm.init.Initialization;
import org.isonorm.init.InitializationRule;
import org.isonorm.init.PaperSettings;
import org.isonorm.init.TuningMethod;
import org.isonorm.network.definition.NetworkDefinition;
import org.isonorm.network.tuning.GraphTuner;

/**
 * Group {@code initialization}.
 *
 * @param rule rule of the convolutions, or a tuned method
 * @param initGamma γ of rule bn-gamma: a number, paper, auto, equilibrium or equilibrium-global
 * @param distribution normal, uniform or truncated-normal
 * @param std standard deviation of rule fixed-std
 * @param classifier rule of the classifier, or paper
 * @param activation activation that the rules reckon with, or network
 * @param fanCount how a convolution's fans are counted
 * @param zeroResidualScales whether residual branches start at 0
 * @param from run folder, model, checkpoint or safetensors file whose weights the network starts
 *     from, "" for none
 * @param overrides settings that are others for some layers
 * @param tuning how a tuned method goes about it
 */
public record InitializationConfig(
    String rule,
    InitGamma initGamma,
    String distribution,
    double std,
    String classifier,
    String activation,
    FanCount fanCount,
    boolean zeroResidualScales,
    String from,
    List<LayerOverrideConfig> overrides,
    TuningConfig tuning) {
  private static final String GAMMA_KEY = "initialization.init-gamma";
  private static final String PAPER = "paper";
  private static final String NETWORK = "network";

  /** Rules whose authors have the classifier start by them too. */
  private static final Set<String> WITH_CLASSIFIER = Set.of("kaiming-table-1", "fixup");

  public InitializationConfig {
    Checks.delegate("initialization.rule", () -> TuningMethod.requireMethodOrRule(rule));
    Checks.delegate("initialization.distribution", () -> Distribution.named(distribution, 1));
    Checks.positive("initialization.std", std);
    if (!classifier.equals(PAPER)) {
      Checks.delegate(
          "initialization.classifier", () -> InitializationRule.forClassifier(classifier));
    }
    if (!activation.equals(NETWORK)) {
      Checks.delegate("initialization.activation", () -> Activation.named(activation));
    }
    overrides = List.copyOf(overrides);
    if (!from.isEmpty() && TuningMethod.named(rule).isPresent()) {
      throw new InvalidSettingException(
          "initialization.from",
          from,
          "empty with rule = " + rule + ", which scales a start of its own");
    }
    if (!from.isEmpty() && initGamma instanceof InitGamma.Equilibrium) {
      throw new InvalidSettingException(
          GAMMA_KEY,
          initGamma,
          "must be a number, paper or auto with initialization.from: weights that are taken have a"
              + " length already");
    }
  }

  /**
   * The choice for a network, as the initialization library takes it; where γ is to be measured,
   * with the paper's usual one, at its learning rate, to measure at.
   *
   * @param network the network, with the classes of the data set
   * @param dataset the data set's name
   * @param learningRate learning rate before the schedule
   * @throws IllegalArgumentException if the paper's γ is asked for and it has none for these
   */
  public Initialization choose(NetworkDefinition network, String dataset, double learningRate) {
    return new Initialization(
            startRule(),
            initGamma(network, dataset, learningRate),
            distribution,
            classifierRule(network.name(), dataset),
            std)
        .withActivation(
            Activation.named(activation.equals(NETWORK) ? network.activation() : activation))
        .withFanCount(fanCount)
        .withZeroResidualScales(zeroResidualScales)
        .withOverrides(overrides.stream().map(LayerOverrideConfig::override).toList());
  }

  /** The tuned method that the rule names, if it names one. */
  public Optional<TuningMethod> tuningMethod() {
    return TuningMethod.named(rule);
  }

  /**
   * How the tuned method that the rule names goes about a network; nothing where it names none.
   *
   * @throws IllegalArgumentException if nobody published how, and the settings do not say
   */
  public Optional<GraphTuner.Settings> tuningOf(String network) {
    return tuningMethod().map(method -> tuning.settings(method, network));
  }

  /** Fails if a tuned method has no published settings for the network and lacks some. */
  void checkTunes(String network) {
    try {
      tuningOf(network);
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingException(
          "initialization.rule",
          rule + " for " + network,
          "published for vgg-…, resnet-…, densenet-… and wrn-…; give initialization.tuning.start, iterations, learning-rate and batch-size");
    }
  }

  /** The rule that the weights are drawn by. */
  private String startRule() {
    return tuningMethod().map(tuning::startOf).orElse(rule);
  }

  /** Fails if the paper's γ is asked for and it has none for this network and data set. */
  void checkPaperHas(String network, String dataset) {
    if (initGamma instanceof InitGamma.Paper) {
      Checks.delegate(GAMMA_KEY, () -> PaperSettings.of(network, dataset));
    }
  }

  private double initGamma(NetworkDefinition network, String dataset, double learningRate) {
    if (initGamma instanceof InitGamma.Fixed fixed) {
      return fixed.value();
    }
    if (initGamma instanceof InitGamma.Paper) {
      return PaperSettings.of(network.name(), dataset).initGamma();
    }
    return PaperSettings.initGammaFor(
        network.name(),
        network.classes(),
        initGamma instanceof InitGamma.Equilibrium ? PaperSettings.LEARNING_RATE : learningRate);
  }

  private String classifierRule(String network, String dataset) {
    if (!classifier.equals(PAPER)) {
      return classifier;
    }
    if (tuningMethod().isPresent() || WITH_CLASSIFIER.contains(rule)) {
      return startRule();
    }
    return initGamma instanceof InitGamma.Paper
        ? PaperSettings.of(network, dataset).classifierRule()
        : "1/n";
  }
}
