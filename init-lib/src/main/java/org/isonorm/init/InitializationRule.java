package org.isonorm.init;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.isonorm.init.Distribution.Constant;
import org.isonorm.init.Distribution.Normal;
import org.isonorm.init.Distribution.Uniform;

/**
 * A rule that says how the weights of each layer are drawn, looked up by name.
 *
 * <p>Besides the {@link #all() named} rules there is one for every number c > 0 and every {@link
 * FanMode}: {@code c/n}, {@code c/m}, {@code c/avg} for the average of both and {@code c/gm} for
 * their geometric mean, as in {@code .25/n} or {@code 5/m}. Most rules set the variance and leave
 * the kind of distribution to {@link Initialization#distribution()}; the others fix both.
 *
 * <p>Zhang et al. 2022 print (1 + a²)/n and (1 + a²)/m for PReLU (eqns 25 and 37). Their own
 * derivation gives λ = λ' = (1 + a²)/2 and with it 2/((1 + a²) n) and 2/((1 + a²) m), as He et al.
 * 2015 have it: at a = 0 PReLU is ReLU and the variance must be 2/n (printed: 1/n), at a = 1 it is
 * the identity and must be 1/n (printed: 2/n). The rules forward and backward are right for every
 * activation, PReLU included; forward-paper-literal and backward-paper-literal are the printed
 * formulas, to reproduce what was run if it was run so.
 */
public final class InitializationRule {
  private static final Pattern FRACTION = Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)/(n|m|avg|gm)");

  private static final List<InitializationRule> RULES =
      List.of(
          new InitializationRule(
              "bn-gamma",
              "2/(γ m), for the classifier 2/(γ n)",
              "Zhang et al. 2022, eqn 41 and §5.5",
              true,
              (settings, site) ->
                  site.kind() == LayerKind.CLASSIFIER
                      ? scaled(2 / settings.initGamma(), FanMode.IN, settings, site)
                      : scaled(2 / settings.initGamma(), FanMode.OUT, settings, site)),
          rule(
              "forward",
              "1/(λ n), 2/n for ReLU; 1/n for the first layer and the classifier",
              "Zhang et al. 2022, eqns 21, 22 and 24",
              (settings, site) ->
                  takesInputAsItIs(site)
                      ? scaled(1, FanMode.IN, settings, site)
                      : scaled(
                          1 / site.signal().gain().forwardPower(), FanMode.IN, settings, site)),
          rule(
              "backward",
              "1/(λ' m), 2/m for ReLU",
              "Zhang et al. 2022, eqns 34 and 36",
              (settings, site) ->
                  scaled(1 / site.signal().gain().backwardPower(), FanMode.OUT, settings, site)),
          rule(
              "forward-paper-literal",
              "(1 + a²)/n for PReLU of slope a; 1/n for the first layer and the classifier",
              "Zhang et al. 2022, eqn 25 as printed, which is wrong",
              (settings, site) ->
                  takesInputAsItIs(site)
                      ? scaled(1, FanMode.IN, settings, site)
                      : scaled(printedNumerator(settings), FanMode.IN, settings, site)),
          rule(
              "backward-paper-literal",
              "(1 + a²)/m for PReLU of slope a",
              "Zhang et al. 2022, eqn 37 as printed, which is wrong",
              (settings, site) -> scaled(printedNumerator(settings), FanMode.OUT, settings, site)),
          scaling("kaiming-fan-in", "2/n", "He et al. 2015", 2, FanMode.IN),
          scaling("kaiming-fan-out", "2/m", "He et al. 2015", 2, FanMode.OUT),
          rule(
              "kaiming-uniform",
              "2/n, always uniform: U(±√(6/n))",
              "He et al. 2015",
              (settings, site) -> uniform(2, FanMode.IN, settings, site)),
          rule(
              KaimingTable1.NAME,
              "normal 2/m; WRN: U(±1/√n), biases too; classifier U(±1/√n), VGG: N(0, .01²)",
              "the baseline \"Kaiming\" of Zhang et al. 2022, table 1, by its networks' public code",
              (settings, site) -> KaimingTable1.weights(settings, site)),
          scaling("xavier", "2/(n + m)", "Glorot and Bengio 2010", 1, FanMode.AVERAGE),
          rule(
              "xavier-uniform",
              "2/(n + m), always uniform: U(±√(6/(n + m)))",
              "Glorot and Bengio 2010",
              (settings, site) -> uniform(1, FanMode.AVERAGE, settings, site)),
          scaling("lecun", "1/n", "LeCun et al. 1998", 1, FanMode.IN),
          rule(
              "fixed-std",
              "std²",
              "Krizhevsky et al. 2012, std .01",
              (settings, site) ->
                  Distribution.named(settings.distribution(), settings.std() * settings.std())),
          rule(
              "framework-default",
              "1/(3 n), always uniform: U(±1/√n)",
              "the default of common frameworks",
              (settings, site) -> uniform(1. / 3, FanMode.IN, settings, site)),
          rule(
              "orthogonal",
              "random orthonormal rows or columns × gain 1/√λ, √2 for ReLU",
              "Saxe, McClelland and Ganguli 2014",
              (settings, site) -> new Orthogonal(site.signal().gain().gain())),
          rule(
              "orthonormal",
              "random orthonormal rows or columns",
              "Saxe, McClelland and Ganguli 2014; the start of LSUV",
              (settings, site) -> new Orthogonal(1)),
          rule(
              "delta-orthogonal",
              "centre tap with random orthonormal columns × gain 1/√λ, √2 for ReLU",
              "Xiao et al. 2018",
              (settings, site) -> {
                DeltaOrthogonal.checkShape(
                    "delta-orthogonal layer " + site.layer().name(), site.layer().shape());
                return new DeltaOrthogonal(site.signal().gain().gain());
              }),
          rule(
              "zero-ones",
              "centre tap identity, or Hadamard where channels increase; nothing random",
              "ZerO of Zhao, Schäfer and Anandkumar 2022",
              (settings, site) -> new ZeroOnes()),
          rule(
              "partial-identity",
              "first min(Cin, Cout) channels copy theirs; the others 1/(3 n), always uniform",
              "Jordan 2024",
              (settings, site) -> new PartialIdentity()),
          rule(
              Whitening.NAME,
              "eigenvectors of the images' patches / √(eigenvalue + ε), and their negatives",
              "Page 2018, Jordan 2024; the first convolution alone, in an override",
              (settings, site) -> Whitening.rule(site)),
          rule(
              Fixup.NAME,
              "2/m, in residual branches × L^(−1/(p − 1)); a branch's last and the classifier 0",
              "Zhang, Dauphin and Ma 2019; L branches of p convolutions, with scalar biases and multipliers",
              (settings, site) -> Fixup.weights(settings, site)));

  /**
   * Rules that make sense for the classifier alone, where nothing need break the symmetry of
   * channels.
   */
  private static final List<InitializationRule> CLASSIFIER_RULES =
      List.of(
          scaling("1/n", "1/n", "Zhang et al. 2022, §5", 1, FanMode.IN),
          scaling(".25/n", ".25/n", "Zhang et al. 2022, §5", .25, FanMode.IN),
          rule(
              "constant",
              "every weight .01",
              "Zhang et al. 2022, §5, read literally: all logits start equal",
              (settings, site) -> new Constant(.01)),
          rule(
              "normal-.01",
              "N(0, .01²)",
              "Krizhevsky et al. 2012; the other reading of the constant of Zhang et al. 2022, §5",
              (settings, site) -> new Normal(.01 * .01)));

  private final String name;
  private final String formula;
  private final String source;
  private final boolean readsInitGamma;
  private final Draw draw;

  private InitializationRule(
      String name, String formula, String source, boolean readsInitGamma, Draw draw) {
    this.name = name;
    this.formula = formula;
    this.source = source;
    this.readsInitGamma = readsInitGamma;
    this.draw = draw;
  }

  /** The named rules for any layer. */
  public static List<InitializationRule> all() {
    return RULES;
  }

  /** The named rules for the classifier: its own and those for any layer. */
  public static List<InitializationRule> allForClassifier() {
    return Stream.concat(CLASSIFIER_RULES.stream(), RULES.stream()).toList();
  }

  /**
   * The rule of that name, for any layer.
   *
   * @throws IllegalArgumentException if there is none; names the nearest and lists all
   */
  public static InitializationRule named(String name) {
    return find("rule", name, all());
  }

  /** Fails unless there is a rule of that name; other names count as valid in what it says. */
  static void check(String name, List<String> others) {
    if (all().stream().noneMatch(rule -> rule.name().equals(name)) && fraction(name).isEmpty()) {
      throw NearestName.unknown(
          "rule", name, Stream.concat(validNames(all()).stream(), others.stream()).toList());
    }
  }

  /**
   * The rule of that name, for the classifier.
   *
   * @throws IllegalArgumentException if there is none; names the nearest and lists all
   */
  public static InitializationRule forClassifier(String name) {
    return find("classifier", name, allForClassifier());
  }

  /** The name the rule is chosen by. */
  public String name() {
    return name;
  }

  /**
   * The variance in terms of n (fan-in), m (fan-out), γ (init-gamma), λ and λ' (powers of the
   * activation) and std, or what is drawn instead.
   */
  public String formula() {
    return formula;
  }

  /** Who proposed it. */
  public String source() {
    return source;
  }

  /** Whether γ counts. */
  public boolean readsInitGamma() {
    return readsInitGamma;
  }

  /** Whether it is for the first convolution alone. */
  public boolean firstConvolutionOnly() {
    return name.equals(Whitening.NAME);
  }

  /** What it has to see beside the shapes of the layers. */
  public String needs() {
    return firstConvolutionOnly() ? "images" : "nothing";
  }

  /** How the weights of a layer are drawn. */
  WeightSampler sampler(Initialization settings, Site site) {
    return draw.sampler(settings, site);
  }

  /** What the biases of a layer are drawn from. */
  Distribution bias(Site site) {
    return name.equals(KaimingTable1.NAME) ? KaimingTable1.bias(site) : new Constant(0);
  }

  @Override
  public String toString() {
    return name;
  }

  private static InitializationRule find(String what, String name, List<InitializationRule> rules) {
    return rules.stream()
        .filter(rule -> rule.name.equals(name))
        .findFirst()
        .or(() -> fraction(name))
        .orElseThrow(() -> NearestName.unknown(what, name, validNames(rules)));
  }

  private static List<String> validNames(List<InitializationRule> rules) {
    return Stream.concat(
            rules.stream().map(InitializationRule::name),
            Arrays.stream(FanMode.values()).map(mode -> "c/" + mode.symbol()))
        .toList();
  }

  /** Reads a rule such as 5/m. */
  private static Optional<InitializationRule> fraction(String name) {
    Matcher matcher = FRACTION.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    double scale = Double.parseDouble(matcher.group(1));
    Checks.positiveAndFinite("numerator of " + name, scale);
    FanMode mode =
        Arrays.stream(FanMode.values())
            .filter(candidate -> candidate.symbol().equals(matcher.group(2)))
            .findFirst()
            .orElseThrow();
    return Optional.of(scaling(name, name, "Zhang et al. 2022, §5", scale, mode));
  }

  private static InitializationRule scaling(
      String name, String formula, String source, double scale, FanMode mode) {
    return rule(name, formula, source, (settings, site) -> scaled(scale, mode, settings, site));
  }

  private static InitializationRule rule(String name, String formula, String source, Draw draw) {
    return new InitializationRule(name, formula, source, false, draw);
  }

  /** Whether no activation has changed the power of what the layer takes in (eqn 21). */
  private static boolean takesInputAsItIs(Site site) {
    return site.first() || site.kind() == LayerKind.CLASSIFIER;
  }

  private static double printedNumerator(Initialization settings) {
    OptionalDouble slope = settings.activation().negativeSlope();
    if (slope.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid activation: %s for a paper-literal rule (must be relu, leaky-relu or prelu; forward and backward take any)",
              settings.activation().name()));
    }
    return 1 + slope.getAsDouble() * slope.getAsDouble();
  }

  static Distribution scaled(double scale, FanMode mode, Initialization settings, Site site) {
    return Distribution.named(settings.distribution(), variance(scale, mode, settings, site));
  }

  static Distribution uniform(double scale, FanMode mode, Initialization settings, Site site) {
    return new Uniform(variance(scale, mode, settings, site));
  }

  static double variance(double scale, FanMode mode, Initialization settings, Site site) {
    return new VarianceScaling(scale, mode).variance(site.fan(settings));
  }

  private interface Draw {
    WeightSampler sampler(Initialization settings, Site site);
  }
}
