package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.isonorm.spark.report.Plot.Curve;
import org.isonorm.spark.report.Plot.Mark;
import org.isonorm.spark.run.Tuning;
import org.isonorm.spark.run.Tuning.Step;
import org.isonorm.spark.run.Tuning.Tensor;

/**
 * The figures of a start that a tuned method scaled.
 *
 * @param tensors in forward order
 * @param steps what the method looked at
 */
record TuningFigures(List<Tensor> tensors, List<Step> steps) {
  static TuningFigures of(Tuning tuning) {
    return new TuningFigures(tuning.tensors(), tuning.steps());
  }

  List<Figure> figures() {
    List<Named> scales = new ArrayList<>();
    add(scales, "weights", Ink.BLUE, tensor -> tensor.tensor().endsWith(".weight"));
    add(scales, "scales of batch normalization", Ink.VERMILION, t -> t.tensor().endsWith(".scale"));
    String method = steps.isEmpty() ? "" : steps.get(0).method();
    return List.of(
        figure(
            "tuning-scales",
            "What " + method + " multiplied the start by",
            "tensor of its kind, in forward order",
            "scale",
            scales),
        figure(
            "tuning-steps",
            "What " + method + " looked at",
            method.equals("lsuv") ? "layer, in forward order" : "step",
            quantity(method),
            List.of(named("value", Ink.BLUE, steps.stream().mapToDouble(Step::value).toArray()))));
  }

  private static String quantity(String method) {
    return switch (method) {
      case "lsuv" -> "standard deviation of the output";
      case "gradinit" -> "gradient norm";
      default -> "gradient quotient";
    };
  }

  private void add(List<Named> curves, String label, Ink ink, Predicate<Tensor> wanted) {
    double[] values = tensors.stream().filter(wanted).mapToDouble(Tensor::scale).toArray();
    if (values.length > 0) {
      curves.add(named(label, ink, values));
    }
  }

  private static Named named(String label, Ink ink, double[] values) {
    double[] x = IntStream.rangeClosed(1, values.length).asDoubleStream().toArray();
    return new Named(label, new Curve(ink, Mark.LINE, x, values));
  }

  private static Figure figure(
      String id, String title, String of, String quantity, List<Named> curves) {
    int longest = curves.stream().mapToInt(c -> c.curve().x().length).max().orElse(1);
    Axis x = Axis.whole(of, 1, Math.max(2, longest));
    Axis y =
        Axis.logarithmic(
            quantity,
            Plot.values(curves.stream().map(c -> c.curve().y()).toArray(double[][]::new)));
    return Figure.of(
        id,
        title,
        "",
        Named.legend(curves),
        String.format(Locale.ROOT, "%s: %s by %s", title, quantity, of),
        new Plot(x, y, curves.stream().map(Named::curve).toList()));
  }

  View.Table table() {
    return new View.Table(
        List.of("tensor", "norm before", "scale", "norm after"),
        tensors.stream()
            .filter(tensor -> tensor.startNorm() > 0)
            .map(
                tensor ->
                    List.of(
                        tensor.tensor(),
                        Words.number(tensor.startNorm(), 4),
                        Words.number(tensor.scale(), 4),
                        Words.number(tensor.finalNorm(), 4)))
            .toList(),
        "");
  }
}
