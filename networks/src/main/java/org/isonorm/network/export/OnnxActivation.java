package org.isonorm.network.export;

import static org.isonorm.network.export.OnnxGraphBuilder.attribute;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.isonorm.init.Activation;

/** Activation functions as ONNX nodes. */
final class OnnxActivation {
  private static final double GELU_TANH_CUBIC = 0.044_715;

  private final OnnxGraphBuilder graph;
  private final String name;
  private final String input;

  private OnnxActivation(OnnxGraphBuilder graph, String name, String input) {
    this.graph = graph;
    this.name = name;
    this.input = input;
  }

  /** Adds a function's nodes, the last of which bears the name, and returns it. */
  static String add(OnnxGraphBuilder graph, String name, Activation activation, String input) {
    return new OnnxActivation(graph, name, input).of(activation);
  }

  private String of(Activation activation) {
    DoubleUnaryOperator function = activation.function();
    // leaky-relu(.2) and elu(.5) as well.
    String kind = activation.name().replaceAll("\\(.*", "");
    return switch (kind) {
      case "identity" -> last("Identity", input);
      case "relu" -> last("Relu", input);
      case "leaky-relu", "prelu" ->
          graph.node(
              "LeakyRelu", name, List.of(input), attribute("alpha", -function.applyAsDouble(-1)));
      case "tanh" -> last("Tanh", input);
      case "sigmoid" -> last("Sigmoid", input);
      case "gelu" -> {
        String erf =
            step("Erf", "erf", step("Mul", "scaled", input, number("half-root", Math.sqrt(.5))));
        yield last("Mul", halved(), step("Add", "cumulative", erf, number("one", 1)));
      }
      case "gelu-tanh" -> {
        String square = step("Mul", "square", input, input);
        String cubic = step("Mul", "cubic", square, number("third", GELU_TANH_CUBIC));
        String inner = step("Mul", "inner", input, step("Add", "slope", cubic, number("one", 1)));
        String tanh =
            step(
                "Tanh",
                "tanh",
                step("Mul", "scaled", inner, number("root", Math.sqrt(2 / Math.PI))));
        yield last("Mul", halved(), step("Add", "cumulative", tanh, number("one-more", 1)));
      }
      case "silu" -> last("Mul", input, step("Sigmoid", "sigmoid", input));
      case "elu" ->
          graph.node(
              "Elu",
              name,
              List.of(input),
              attribute("alpha", function.applyAsDouble(-1) / Math.expm1(-1)));
      case "selu" -> last("Selu", input);
      case "softplus" -> last("Softplus", input);
      case "mish" -> last("Mul", input, step("Tanh", "tanh", step("Softplus", "softplus", input)));
      case "hard-swish" -> last("HardSwish", input);
      case "hard-tanh" -> last("Clip", input, number("least", -1), number("most", 1));
      case "softsign" -> last("Softsign", input);
      default ->
          throw new UnsupportedOperationException(
              String.format(
                  Locale.ROOT,
                  "Unsupported activation: %s (has no form in ONNX)",
                  activation.name()));
    };
  }

  private String halved() {
    return step("Mul", "half", input, number("half-of-one", .5));
  }

  private String last(String operator, String... inputs) {
    return graph.node(operator, name, List.of(inputs));
  }

  private String step(String operator, String part, String... inputs) {
    return graph.node(operator, name + "/" + part, List.of(inputs));
  }

  private String number(String part, double value) {
    return graph.scalar(name + "/" + part, value);
  }
}
