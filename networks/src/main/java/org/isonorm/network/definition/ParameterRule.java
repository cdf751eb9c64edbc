package org.isonorm.network.definition;

import java.io.Serializable;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.isonorm.init.LayerNames;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout.Parameter;

/**
 * What the optimizer does otherwise for some parameters. Rules are applied one after another, each
 * to what those before it made.
 *
 * @param layers names of their layers, with {@code *} and {@code ?}
 * @param kinds what they are
 * @param learningRate change of the number that a step's learning rate is multiplied by, 1 at first
 * @param weightDecay change of the weight decay
 * @param firstStep the first step of a run that it holds of, from 1
 */
public record ParameterRule(
    String layers,
    Set<ParameterKind> kinds,
    Change learningRate,
    Change weightDecay,
    long firstStep)
    implements Serializable {
  /** Every layer. */
  public static final String ALL_LAYERS = "*";

  /** Every kind. */
  public static final Set<ParameterKind> ALL_KINDS = Set.of(ParameterKind.values());

  /**
   * A number x becomes factor · x + constant.
   *
   * @param factor >= 0
   * @param constant >= 0
   */
  public record Change(double factor, double constant) implements Serializable {
    /** Leaves the number as it is. */
    public static final Change NONE = times(1);

    public Change {
      check(factor);
      check(constant);
    }

    /** Replaces the number. */
    public static Change to(double value) {
      return new Change(0, value);
    }

    /** Multiplies the number. */
    public static Change times(double value) {
      return new Change(value, 0);
    }

    double of(double value) {
      return factor * value + constant;
    }

    private static void check(double value) {
      if (!(value >= 0 && Double.isFinite(value))) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "Invalid change: %s (must be >= 0 and finite)", value));
      }
    }
  }

  public ParameterRule {
    kinds = Set.copyOf(kinds);
  }

  /** A rule of all steps. */
  public ParameterRule(
      String layers, Set<ParameterKind> kinds, Change learningRate, Change weightDecay) {
    this(layers, kinds, learningRate, weightDecay, 1);
  }

  /**
   * Those that hold of a step.
   *
   * @param step from 1
   */
  public static List<ParameterRule> at(long step, List<ParameterRule> rules) {
    return rules.stream().filter(rule -> rule.firstStep <= step).toList();
  }

  /** Multiplies the learning rate of some kinds in every layer. */
  public static ParameterRule learningRate(double factor, ParameterKind... kinds) {
    return new ParameterRule(
        ALL_LAYERS, EnumSet.copyOf(Arrays.asList(kinds)), Change.times(factor), Change.NONE);
  }

  /** Multiplies the weight decay of some kinds in every layer. */
  public static ParameterRule weightDecay(double factor, ParameterKind... kinds) {
    return new ParameterRule(
        ALL_LAYERS, EnumSet.copyOf(Arrays.asList(kinds)), Change.NONE, Change.times(factor));
  }

  boolean matches(String layer, ParameterKind kind) {
    return kinds.contains(kind) && LayerNames.match(layers, layer);
  }

  /** What the learning rate of a layer's parameter is multiplied by. */
  public static double learningRateFactor(
      List<ParameterRule> rules, String layer, ParameterKind kind) {
    double factor = 1;
    for (ParameterRule rule : rules) {
      if (rule.matches(layer, kind)) {
        factor = rule.learningRate().of(factor);
      }
    }
    return factor;
  }

  /** What the learning rate of every layer's weights is multiplied by, by the layer's name. */
  public static Map<String, Double> learningRateFactors(
      List<ParameterRule> rules, NetworkDefinition network) {
    return Networks.parameters(network).stream()
        .filter(each -> each.kind().group() == ParameterGroups.Group.WEIGHTS)
        .collect(
            Collectors.toMap(
                Parameter::layer, each -> learningRateFactor(rules, each.layer(), each.kind())));
  }

  /**
   * The weight decay of a layer's parameter.
   *
   * @param weights that of weights, where no rule changes it
   */
  public static double weightDecay(
      List<ParameterRule> rules, String layer, ParameterKind kind, double weights) {
    double decay = kind.group() == ParameterGroups.Group.WEIGHTS ? weights : 0;
    for (ParameterRule rule : rules) {
      if (rule.matches(layer, kind)) {
        decay = rule.weightDecay().of(decay);
      }
    }
    return decay;
  }

  /**
   * Checks that rules that name layers mean some.
   *
   * @throws IllegalArgumentException if one means no parameter of the network
   */
  public static void check(List<ParameterRule> rules, NetworkDefinition network) {
    List<Parameter> parameters = Networks.parameters(network);
    for (ParameterRule rule : rules) {
      if (!rule.layers().equals(ALL_LAYERS)
          && parameters.stream().noneMatch(p -> rule.matches(p.layer(), p.kind()))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid optimizer.overrides: %s matches no such parameters of %s (its layers with parameters: %s)",
                rule.layers(),
                network.name(),
                parameters.stream()
                    .map(Parameter::layer)
                    .distinct()
                    .collect(Collectors.joining(", "))));
      }
    }
  }
}
