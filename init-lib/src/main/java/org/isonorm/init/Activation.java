package org.isonorm.init;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An activation function φ with its derivative, as {@link ActivationGain} needs it.
 *
 * @param name its name
 * @param function φ
 * @param derivative φ'; at a kink either side will do
 * @param secondDerivative φ''; at a kink either side will do
 * @param kinks where φ' or a higher derivative jumps; naming them is only a matter of speed
 */
public record Activation(
    String name,
    DoubleUnaryOperator function,
    DoubleUnaryOperator derivative,
    DoubleUnaryOperator secondDerivative,
    List<Double> kinks) {
  private static final double SELU_SCALE = 1.050_700_987_355_480_5;
  private static final double SELU_ALPHA = 1.673_263_242_354_377_2;
  private static final double GELU_TANH_CUBIC = 0.044_715;

  /** A name with a parameter, such as leaky-relu(.2). */
  private static final Pattern WITH_PARAMETER =
      Pattern.compile("(leaky-relu|prelu|elu)\\((-?(?:\\d+\\.?\\d*|\\.\\d+))\\)");

  /** Where a function is tried for being linear on either side of 0. */
  private static final double[] MAGNITUDES = {0x1p-20, .3, 1, 7, 0x1p20};

  private static final List<Activation> ALL =
      List.of(
          new Activation("identity", x -> x, x -> 1, x -> 0),
          leakyRelu("relu", 0),
          leakyRelu("leaky-relu", .01),
          leakyRelu("prelu", .25),
          new Activation("tanh", Math::tanh, Activation::tanhDerivative, Activation::tanhSecond),
          new Activation(
              "sigmoid",
              Activation::sigmoid,
              Activation::sigmoidDerivative,
              Activation::sigmoidSecond),
          new Activation(
              "gelu",
              x -> x * NormalCurve.cumulative(x),
              x -> NormalCurve.cumulative(x) + x * NormalCurve.density(x),
              x -> (2 - x * x) * NormalCurve.density(x)),
          new Activation(
              "gelu-tanh",
              Activation::geluTanh,
              Activation::geluTanhDerivative,
              Activation::geluTanhSecond),
          new Activation(
              "silu",
              x -> x * sigmoid(x),
              x -> sigmoid(x) + x * sigmoidDerivative(x),
              x -> 2 * sigmoidDerivative(x) + x * sigmoidSecond(x)),
          elu("elu", 1, 1),
          elu("selu", SELU_SCALE, SELU_ALPHA),
          new Activation(
              "softplus", Activation::softplus, Activation::sigmoid, Activation::sigmoidDerivative),
          new Activation(
              "mish",
              x -> x * Math.tanh(softplus(x)),
              Activation::mishDerivative,
              Activation::mishSecond),
          new Activation(
              "hard-swish",
              x -> x * clip(x + 3, 0, 6) / 6,
              x -> Math.abs(x) < 3 ? (2 * x + 3) / 6 : clip(x, 0, 1),
              x -> Math.abs(x) < 3 ? 1. / 3 : 0,
              -3,
              3),
          new Activation(
              "hard-tanh", x -> clip(x, -1, 1), x -> Math.abs(x) < 1 ? 1 : 0, x -> 0, -1, 1),
          new Activation(
              "softsign",
              x -> x / (1 + Math.abs(x)),
              x -> 1 / square(1 + Math.abs(x)),
              x -> -2 * Math.signum(x) / (square(1 + Math.abs(x)) * (1 + Math.abs(x))),
              0));

  public Activation {
    Checks.notBlank("activation name", name);
    kinks = List.copyOf(kinks);
  }

  /** An activation whose φ'' is taken by differences of φ'. */
  public Activation(
      String name,
      DoubleUnaryOperator function,
      DoubleUnaryOperator derivative,
      List<Double> kinks) {
    this(
        name,
        function,
        derivative,
        Differences.derivative(
            derivative, kinks.stream().mapToDouble(Double::doubleValue).toArray()),
        kinks);
  }

  private Activation(
      String name,
      DoubleUnaryOperator function,
      DoubleUnaryOperator derivative,
      DoubleUnaryOperator secondDerivative,
      double... kinks) {
    this(name, function, derivative, secondDerivative, Arrays.stream(kinks).boxed().toList());
  }

  /**
   * The activations that have a name; leaky-relu has slope .01, prelu its initial .25, elu α = 1.
   */
  public static List<Activation> all() {
    return ALL;
  }

  /**
   * The activation of that name. A slope or α other than the usual goes in parentheses: {@code
   * leaky-relu(.2)}, {@code prelu(.1)}, {@code elu(.5)}.
   *
   * @throws IllegalArgumentException if there is none; names the nearest and lists all
   */
  public static Activation named(String name) {
    Matcher matcher = WITH_PARAMETER.matcher(name);
    if (matcher.matches()) {
      double parameter = Double.parseDouble(matcher.group(2));
      return matcher.group(1).equals("elu") ? elu(name, 1, parameter) : leakyRelu(name, parameter);
    }
    return NearestName.find("activation", name, ALL, Activation::name);
  }

  /** max(x, 0) + slope · min(x, 0): ReLU at slope 0, the identity at 1. */
  public static Activation leakyRelu(double slope) {
    return leakyRelu("leaky-relu(" + Checks.plain(slope) + ")", slope);
  }

  /**
   * A function of one's own, differentiated by differences of fourth order. The function must be
   * smooth but at the kinks, all of which must be named: near one, only the side that the point is
   * on is looked at.
   */
  public static Activation of(String name, DoubleUnaryOperator function, double... kinks) {
    DoubleUnaryOperator derivative = Differences.derivative(function, kinks);
    return new Activation(
        name, function, derivative, Differences.derivative(derivative, kinks), kinks);
  }

  /**
   * a, if the function is x for {@code x > 0} and a·x for {@code x < 0}: 0 for ReLU, 1 for the
   * identity; empty for any other function. Such a function's λ = λ' = (1 + a²)/2 at every σ.
   */
  public OptionalDouble negativeSlope() {
    double slope = -function.applyAsDouble(-1);
    for (double x : MAGNITUDES) {
      if (function.applyAsDouble(x) != x || function.applyAsDouble(-x) != slope * -x) {
        return OptionalDouble.empty();
      }
    }
    return OptionalDouble.of(slope);
  }

  private static Activation leakyRelu(String name, double slope) {
    return new Activation(name, x -> x > 0 ? x : slope * x, x -> x > 0 ? 1 : slope, x -> 0, 0);
  }

  private static Activation elu(String name, double scale, double alpha) {
    return new Activation(
        name,
        x -> scale * (x > 0 ? x : alpha * Math.expm1(x)),
        x -> scale * (x > 0 ? 1 : alpha * Math.exp(x)),
        x -> x > 0 ? 0 : scale * alpha * Math.exp(x),
        0);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double sigmoidDerivative(double x) {
    return sigmoid(x) * sigmoid(-x);
  }

  private static double sigmoidSecond(double x) {
    return sigmoidDerivative(x) * (sigmoid(-x) - sigmoid(x));
  }

  private static double tanhDerivative(double x) {
    return 1 - square(Math.tanh(x));
  }

  private static double tanhSecond(double x) {
    return -2 * Math.tanh(x) * tanhDerivative(x);
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double mishDerivative(double x) {
    double t = Math.tanh(softplus(x));
    return t + x * (1 - t * t) * sigmoid(x);
  }

  private static double mishSecond(double x) {
    double t = Math.tanh(softplus(x));
    double s = sigmoid(x);
    double slope = (1 - t * t) * s;
    return 2 * slope + x * ((1 - t * t) * sigmoidDerivative(x) - 2 * t * slope * s);
  }

  private static double geluTanh(double x) {
    return 0.5 * x * (1 + Math.tanh(geluTanhArgument(x)));
  }

  private static double geluTanhDerivative(double x) {
    double t = Math.tanh(geluTanhArgument(x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * geluTanhSlope(x);
  }

  private static double geluTanhSecond(double x) {
    double t = Math.tanh(geluTanhArgument(x));
    double slope = geluTanhSlope(x);
    double bend = Math.sqrt(2 / Math.PI) * 6 * GELU_TANH_CUBIC * x;
    return (1 - t * t) * (slope + 0.5 * x * (bend - 2 * t * slope * slope));
  }

  private static double geluTanhSlope(double x) {
    return Math.sqrt(2 / Math.PI) * (1 + 3 * GELU_TANH_CUBIC * x * x);
  }

  private static double geluTanhArgument(double x) {
    return Math.sqrt(2 / Math.PI) * (x + GELU_TANH_CUBIC * x * x * x);
  }

  private static double clip(double x, double least, double most) {
    return Math.min(Math.max(x, least), most);
  }

  private static double square(double x) {
    return x * x;
  }
}
