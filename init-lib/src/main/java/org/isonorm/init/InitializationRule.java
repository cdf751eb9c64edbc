package org.isonorm.init;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A rule that gives each layer the distribution of its weights, looked up by name.
 *
 * <p>Besides the {@link #all() named} rules there is one for every number c > 0: {@code c/n} and
 * {@code c/m}, as in {@code .25/n} or {@code 5/m}. Most rules set the variance and leave the kind
 * of distribution to {@link Initialization#distribution()}; framework-default, constant and
 * normal-.01 fix both.
 */
public final class InitializationRule {
  private static final Pattern FRACTION = Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)/([nm])");

  private static final List<InitializationRule> RULES =
      List.of(
          rule(
              "bn-gamma",
              "2/(γ m), for the classifier 2/(γ n)",
              "Zhang et al. 2022, eqn 41 and §5.5",
              (settings, site) ->
                  site.kind() == LayerKind.CLASSIFIER
                      ? scaled(2 / settings.initGamma(), FanMode.IN, settings, site)
                      : scaled(2 / settings.initGamma(), FanMode.OUT, settings, site)),
          rule(
              "forward",
              "1/n for the first layer and the classifier, else 2/n",
              "Zhang et al. 2022, eqns 21 and 24",
              (settings, site) ->
                  site.first() || site.kind() == LayerKind.CLASSIFIER
                      ? scaled(1, FanMode.IN, settings, site)
                      : scaled(2, FanMode.IN, settings, site)),
          scaling("backward", "2/m", "Zhang et al. 2022, eqn 36", 2, FanMode.OUT),
          scaling("kaiming-fan-in", "2/n", "He et al. 2015", 2, FanMode.IN),
          scaling("kaiming-fan-out", "2/m", "He et al. 2015", 2, FanMode.OUT),
          scaling("xavier", "2/(n + m)", "Glorot and Bengio 2010", 1, FanMode.AVERAGE),
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
              (settings, site) ->
                  new Distribution.Uniform(
                      new VarianceScaling(1. / 3, FanMode.IN).variance(site.fan()))));

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
              (settings, site) -> new Distribution.Constant(.01)),
          rule(
              "normal-.01",
              "N(0, .01²)",
              "Krizhevsky et al. 2012; the other reading of the constant of Zhang et al. 2022, §5",
              (settings, site) -> new Distribution.Normal(.01 * .01)));

  private final String name;
  private final String formula;
  private final String source;
  private final Draw draw;

  private InitializationRule(String name, String formula, String source, Draw draw) {
    this.name = name;
    this.formula = formula;
    this.source = source;
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
   * The variance in terms of n (fan-in), m (fan-out), γ (init-gamma) and std, or what is drawn
   * instead.
   */
  public String formula() {
    return formula;
  }

  /** Who proposed it. */
  public String source() {
    return source;
  }

  /** What the weights of a layer are drawn from. */
  Distribution distribution(Initialization settings, LayerTopology layer, boolean first) {
    return draw.distribution(settings, new Site(layer.shape().fan(), layer.kind(), first));
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
    return Stream.concat(rules.stream().map(InitializationRule::name), Stream.of("c/n", "c/m"))
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
    FanMode mode = matcher.group(2).equals("n") ? FanMode.IN : FanMode.OUT;
    return Optional.of(scaling(name, name, "Zhang et al. 2022, §5", scale, mode));
  }

  private static InitializationRule scaling(
      String name, String formula, String source, double scale, FanMode mode) {
    return rule(name, formula, source, (settings, site) -> scaled(scale, mode, settings, site));
  }

  private static InitializationRule rule(String name, String formula, String source, Draw draw) {
    return new InitializationRule(name, formula, source, draw);
  }

  private static Distribution scaled(
      double scale, FanMode mode, Initialization settings, Site site) {
    return Distribution.named(
        settings.distribution(), new VarianceScaling(scale, mode).variance(site.fan()));
  }

  /** Where a rule is applied. */
  private record Site(Fan fan, LayerKind kind, boolean first) {}

  private interface Draw {
    Distribution distribution(Initialization settings, Site site);
  }
}
