package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.isonorm.init.NormPropagation;
import org.isonorm.spark.report.Plot.Curve;
import org.isonorm.spark.report.Plot.Mark;
import org.isonorm.spark.run.AtomicFiles;
import org.isonorm.spark.run.NormsTable;

/**
 * What initializations differ in, over depth on log scales, a colour an initialization: norms of
 * activations and errors, of weights and gradients, and what the first step does to the weights.
 */
public final class NormsPlot {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 480;

  private NormsPlot() {}

  /**
   * Fails unless the name ends in .png or .svg, and letters can be drawn here.
   *
   * @throws IOException if this Java has no fonts
   */
  public static void check(Path file) throws IOException {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".png") && !name.endsWith(".svg")) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Invalid --plot: %s (must end in .png or .svg)", file));
    }
    Fonts.check();
  }

  /**
   * Draws norms, by the name of the initialization, into a file.
   *
   * @param learningRate η of the first step
   */
  public static void write(
      Path file, String network, Map<String, NormPropagation> norms, double learningRate)
      throws IOException {
    check(file);
    Drawing drawing = drawing(network, norms, learningRate);
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".svg")) {
      AtomicFiles.write(file, Svg.document(drawing.width(), drawing.height(), drawing::paint));
    } else {
      drawing.png(file);
    }
  }

  static Drawing drawing(String network, Map<String, NormPropagation> norms, double learningRate) {
    List<Plot> signals =
        List.of(
            plot(
                "‖y‖ of a layer's output",
                norms,
                learningRate,
                NormPropagation::forwardPath,
                row -> row.activationNorm()),
            plot(
                "‖δ‖ of the error there",
                norms,
                learningRate,
                NormPropagation::backwardPath,
                row -> row.errorNorm()));
    List<Plot> weights =
        List.of(
            plot("‖w‖", norms, learningRate, NormsPlot::all, row -> row.weightNorm()),
            plot("‖∇w‖", norms, learningRate, NormsPlot::all, row -> row.gradientNorm()));
    List<Plot> steps =
        List.of(
            plot("η‖∇w‖/‖w‖", norms, learningRate, NormsPlot::all, row -> orNan(row.updateRatio())),
            plot(
                "η/‖w‖² of a filter",
                norms,
                learningRate,
                NormsPlot::all,
                row -> orNan(row.effectiveLearningRate())));
    List<List<Plot>> rows = new ArrayList<>();
    for (int row = 0; row < signals.size(); row++) {
      rows.add(List.of(signals.get(row), weights.get(row), steps.get(row)));
    }
    Panels panels =
        new Panels(
            List.of(
                "signals: α is ‖y‖ over the layer before's, β ‖δ‖ likewise backwards",
                "weights and their gradients",
                "update ratio and effective rate at η = " + Words.number(learningRate, 3)),
            rows);
    return new Poster(network + ": norms over depth at the start", legend(norms), panels);
  }

  private static List<View.Key> legend(Map<String, NormPropagation> norms) {
    List<String> names = List.copyOf(norms.keySet());
    List<View.Key> keys = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      keys.add(new View.Key(ink(i, names.size()).cssName(), Mark.LINE.cssName(), names.get(i)));
    }
    return keys;
  }

  private static Ink ink(int i, int count) {
    // More than there are kinds have colours in an order.
    return count <= Ink.kinds() ? Ink.kind(i) : Ink.ramp(count).get(i);
  }

  /**
   * A quantity over depth.
   *
   * @param which positions of the layers that have it
   */
  private static Plot plot(
      String quantity,
      Map<String, NormPropagation> norms,
      double learningRate,
      Function<NormPropagation, List<Integer>> which,
      ToDoubleFunction<NormsTable.Row> value) {
    List<Curve> curves = new ArrayList<>();
    int layers = 2;
    for (NormPropagation measured : norms.values()) {
      List<NormsTable.Row> rows = NormsTable.rows(measured, learningRate);
      int[] drawn = which.apply(measured).stream().mapToInt(layer -> layer).sorted().toArray();
      double[] x = new double[drawn.length];
      double[] y = new double[drawn.length];
      for (int i = 0; i < drawn.length; i++) {
        x[i] = drawn[i] + 1;
        y[i] = value.applyAsDouble(rows.get(drawn[i]));
      }
      layers = Math.max(layers, rows.size());
      curves.add(new Curve(ink(curves.size(), norms.size()), Mark.LINE, x, y));
    }
    double[] all = Plot.values(curves.stream().map(Curve::y).toArray(double[][]::new));
    return new Plot(
        Axis.whole("layer, in forward order", 1, layers),
        Axis.logarithmic(quantity, all),
        curves,
        WIDTH,
        HEIGHT);
  }

  private static List<Integer> all(NormPropagation measured) {
    return IntStream.range(0, measured.layers().size()).boxed().toList();
  }

  private static double orNan(Double value) {
    return value == null ? Double.NaN : value;
  }
}
