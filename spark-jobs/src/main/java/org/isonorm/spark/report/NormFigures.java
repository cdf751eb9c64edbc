package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.isonorm.spark.report.Plot.Curve;
import org.isonorm.spark.report.Plot.Mark;
import org.isonorm.spark.run.Norms;

/** The figures of norms over depth, at the start and during training. */
final class NormFigures {
  private static final String ABSENT =
      "norms.csv is not in the run's folder: training.norms-every-rounds = 0 measures none.";
  private static final int CURVES = 6;
  private static final String LAYERS = "layer, in forward order";

  private final Norms norms;

  NormFigures(Norms norms) {
    this.norms = norms;
  }

  List<Figure> figures() {
    String title = "Norms over depth at the start";
    if (norms.isEmpty()) {
      return List.of(Figure.absent("norms", title, ABSENT));
    }
    long start = norms.rounds().firstKey();
    List<Figure> figures = new ArrayList<>();
    figures.add(
        figure(
            "norms",
            start == 0 ? title : "Norms over depth after round " + Words.count(start),
            "Each over the first in its direction: 1 throughout is the necessary condition for stable convergence. The classifier is left out.",
            "norm / first norm",
            List.of(
                named("activations", Ink.BLUE, norms.relative(start, Norms.ACTIVATION)),
                named("errors", Ink.VERMILION, norms.relative(start, Norms.ERROR)))));
    if (norms.rounds().size() > 1) {
      figures.add(
          during(
              "norms-activations",
              "Activations over depth during training",
              "‖y‖ / first ‖y‖",
              round -> norms.relative(round, Norms.ACTIVATION)));
      figures.add(
          during(
              "norms-errors",
              "Errors over depth during training",
              "‖δ‖ / last ‖δ‖",
              round -> norms.relative(round, Norms.ERROR)));
      figures.add(
          during(
              "norms-update-ratio",
              "Update ratio over depth during training",
              "η‖∇w‖/‖w‖",
              round -> norms.values(round, Norms.UPDATE_RATIO)));
      figures.add(
          during(
              "norms-effective-rate",
              "Effective learning rate over depth during training",
              "η/‖w‖² of a filter",
              round -> norms.values(round, Norms.EFFECTIVE_RATE)));
      if (norms.has(Norms.ROTATION_RATIO)) {
        figures.add(
            during(
                "norms-rotation",
                "Rotation over depth during training",
                "rotation of a step / in equilibrium",
                round -> norms.values(round, Norms.ROTATION_RATIO)));
        figures.add(
            during(
                "norms-equilibrium",
                "Weights over depth during training",
                "‖w‖ / equilibrium norm",
                round -> norms.values(round, Norms.NORM_RATIO)));
        figures.add(towardsEquilibrium());
      }
    }
    return figures;
  }

  /** A curve a round, the later the lighter. */
  private Figure during(String id, String title, String quantity, LongFunction<double[]> values) {
    List<Long> rounds = norms.spread(CURVES);
    List<Ink> inks = Ink.ramp(rounds.size());
    List<Named> curves = new ArrayList<>();
    for (int i = 0; i < rounds.size(); i++) {
      long round = rounds.get(i);
      curves.add(
          named(
              round == 0 ? "start" : "round " + Words.count(round),
              inks.get(i),
              values.apply(round)));
    }
    return figure(id, title, "", quantity, curves);
  }

  /** The median layer's way to its equilibrium. */
  private Figure towardsEquilibrium() {
    String title = "The way to equilibrium";
    double[] rounds = norms.rounds().keySet().stream().mapToDouble(round -> round).toArray();
    List<Named> curves =
        List.of(
            overTime("‖w‖ / equilibrium norm", Ink.BLUE, rounds, Norms.NORM_RATIO),
            overTime("rotation / in equilibrium", Ink.VERMILION, rounds, Norms.ROTATION_RATIO));
    double[] all = Plot.values(curves.stream().map(c -> c.curve().y()).toArray(double[][]::new));
    if (IntStream.range(0, all.length).noneMatch(i -> Double.isFinite(all[i]) && all[i] > 0)) {
      return Figure.absent("norms-over-time", title, "Weight decay or learning rate is 0.");
    }
    Axis x = Axis.whole("round", rounds[0], rounds[rounds.length - 1]);
    Axis y = Axis.logarithmic("measured / predicted", all);
    return Figure.of(
        "norms-over-time",
        title,
        "The median over layers whose length does not matter. At 1 gradients and weight decay are in balance, and the start is forgotten."
            + warmup(),
        Named.legend(curves),
        String.format(Locale.ROOT, "%s: %s by %s", title, y.title(), x.title()),
        new Plot(x, y, curves.stream().map(Named::curve).toList()));
  }

  /** What the start's norms, and so its γ, are like; "" where the file does not say. */
  private String warmup() {
    if (!norms.rounds().containsKey(0L)) {
      return "";
    }
    double fraction = norms.median(0, Norms.WARMUP_FRACTION);
    double steps = norms.median(0, Norms.WARMUP_STEPS);
    if (!Double.isFinite(fraction) || !Double.isFinite(steps)) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        " The start is like a linear %s of the learning rate over %s local steps, from %s of it (median layer, by the gradient of the start).",
        fraction < 1 ? "warmup" : "fall",
        Words.count(Math.round(steps)),
        Words.wholePercent(fraction));
  }

  private Named overTime(String label, Ink ink, double[] rounds, String name) {
    double[] medians =
        DoubleStream.of(rounds).map(round -> norms.median((long) round, name)).toArray();
    return new Named(label, new Curve(ink, Mark.LINE, rounds, medians));
  }

  private static Named named(String label, Ink ink, double[] values) {
    double[] layers = IntStream.rangeClosed(1, values.length).asDoubleStream().toArray();
    return new Named(label, new Curve(ink, Mark.LINE, layers, values));
  }

  private static Figure figure(
      String id, String title, String note, String quantity, List<Named> curves) {
    double[] all = Plot.values(curves.stream().map(c -> c.curve().y()).toArray(double[][]::new));
    int layers = curves.stream().mapToInt(c -> c.curve().x().length).max().orElse(1);
    if (IntStream.range(0, all.length).noneMatch(i -> Double.isFinite(all[i]) && all[i] > 0)) {
      return Figure.absent(id, title, "norms.csv has no positive value for it.");
    }
    Axis x = Axis.whole(LAYERS, 1, Math.max(2, layers));
    Axis y = Axis.logarithmic(quantity, all);
    return Figure.of(
        id,
        title,
        note,
        Named.legend(curves),
        String.format(Locale.ROOT, "%s: %s by %s", title, y.title(), x.title()),
        new Plot(x, y, curves.stream().map(Named::curve).toList()));
  }
}
