package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.isonorm.spark.report.Plot.Curve;
import org.isonorm.spark.report.Plot.Mark;

/** The figures of a plane of learning rate × γ. */
final class GridFigures {
  private static final int PANEL_WIDTH = 700;
  private static final int PANEL_HEIGHT = 440;
  private static final int PANELS = 3;
  private static final int WIDE = 1500;
  private static final int HIGH = 640;
  private static final int FIT_STEPS = 100;

  private final GridSlice slice;

  GridFigures(GridSlice slice) {
    this.slice = slice;
  }

  Figure heatMap() {
    return Figure.of(
        "heatmap" + slice.suffix(),
        "Validation accuracy (%) over learning rate and γ" + slice.words(),
        (slice.seeds() < 2
                ? "Best epoch's accuracy on the validation examples, of one seed a point (n = 1). "
                : "Best epoch's accuracy on the validation examples: mean over n seeds ± their standard deviation. ")
            + "Framed: the highest of each learning rate; framed twice: the highest of all. Hatched: the loss was not a number or above training.loss-bound.",
        List.of(),
        "Heat map: validation accuracy in percent by learning rate and γ; the table of all points gives its numbers",
        HeatMap.of(slice));
  }

  /** All planes beside each other. */
  static Figure heatMaps(List<GridSlice> slices) {
    return Figure.of(
        "heatmaps",
        "Validation accuracy (%) over learning rate and γ, by the other axes",
        "The planes below in the same colours. Framed: the highest of each learning rate of a plane; framed twice: the highest of all.",
        List.of(),
        "Heat maps: validation accuracy in percent by learning rate and γ for every value of the other axes; the table of all points gives its numbers",
        new HeatMaps(HeatMap.of(slices)));
  }

  /** Validation accuracy over γ, a curve a learning rate. */
  Figure overGamma() {
    List<Named> curves = new ArrayList<>();
    for (int i = 0; i < slice.rates().size(); i++) {
      String rate = slice.rates().get(i);
      List<GridSlice.Point> points =
          slice.ranked(rate).stream()
              .filter(point -> GridTrial.parse(point.gamma()) > 0)
              .sorted(Comparator.comparingDouble(point -> GridTrial.parse(point.gamma())))
              .toList();
      if (points.isEmpty()) {
        continue;
      }
      curves.add(
          new Named(
              "",
              new Curve(
                  Ink.kind(i),
                  Mark.LINE,
                  points.stream().mapToDouble(p -> GridTrial.parse(p.gamma())).toArray(),
                  points.stream().mapToDouble(p -> 100 * p.mean()).toArray())));
      double[][] trials = new double[2][];
      trials[0] =
          points.stream()
              .flatMapToDouble(
                  p -> Arrays.stream(p.accuracies()).map(a -> GridTrial.parse(p.gamma())))
              .toArray();
      trials[1] =
          points.stream()
              .flatMapToDouble(p -> Arrays.stream(p.accuracies()).map(a -> 100 * a))
              .toArray();
      curves.add(
          new Named(
              "learning rate " + rate,
              new Curve(Ink.kind(i), Mark.shape(i), trials[0], trials[1])));
    }
    String id = "accuracy-over-gamma" + slice.suffix();
    String title = "Validation accuracy over γ" + slice.words();
    if (curves.isEmpty()) {
      return Figure.absent(id, title, "No trial has trained to its end.");
    }
    Axis x = Axis.logarithmic("γ", xs(curves));
    Axis y = Axis.fromZero("validation accuracy (%)", ys(curves));
    return Figure.of(
        id,
        title,
        String.format(
            Locale.ROOT,
            "A mark a trial; the lines join the means over n = %d %s a point.",
            slice.seeds(),
            slice.seeds() == 1 ? "seed" : "seeds"),
        Named.legend(curves),
        "Validation accuracy in percent by γ, a curve a learning rate",
        new Plot(x, y, plain(curves), WIDE, HIGH));
  }

  /** Training accuracy and loss an epoch, a curve a γ and a panel a learning rate. */
  List<Figure> trainingCurves() {
    List<Figure> figures = new ArrayList<>();
    for (int from = 0; from < slice.rates().size(); from += PANELS) {
      List<String> rates =
          slice.rates().subList(from, Math.min(from + PANELS, slice.rates().size()));
      String part = from == 0 ? "" : "-" + (from / PANELS + 1);
      figures.add(trainingCurves("training-curves" + slice.suffix() + part, rates));
    }
    return figures;
  }

  private Figure trainingCurves(String id, List<String> rates) {
    String title = "Training accuracy and loss" + slice.words();
    List<List<Named>> accuracy = curves(rates, epoch -> 100 * epoch.trainAccuracy());
    List<List<Named>> loss = curves(rates, GridTrial.Epoch::trainLoss);
    List<Named> all = accuracy.stream().flatMap(List::stream).toList();
    if (all.isEmpty()) {
      return Figure.absent(id, title, "No trial has finished an epoch.");
    }
    double[] losses = ys(loss.stream().flatMap(List::stream).toList());
    Axis x = Axis.whole("epoch", 1, Math.max(2, Arrays.stream(xs(all)).max().orElse(2)));
    Axis accuracyAxis = Axis.fromZero("training accuracy (%)", ys(all));
    Axis lossAxis = Axis.aroundOrLogarithmic("training loss (nats)", losses);
    List<Ink> inks = Ink.ramp(slice.gammas().size());
    List<View.Key> legend =
        IntStream.range(0, slice.gammas().size())
            .mapToObj(
                i ->
                    new View.Key(
                        inks.get(i).cssName(), "line", "γ " + gamma(slice.gammas().get(i))))
            .toList();
    return Figure.of(
        id,
        title,
        String.format(
                Locale.ROOT,
                "Means over n = %d %s a point, as figures 2 to 7 of the paper show them for single runs.",
                slice.seeds(),
                slice.seeds() == 1 ? "seed" : "seeds")
            + divergences(rates),
        legend,
        "Training accuracy and loss by epoch, a panel a learning rate and a curve a γ",
        new Panels(
            rates.stream().map(rate -> "learning rate " + rate).toList(),
            List.of(panels(accuracy, x, accuracyAxis), panels(loss, x, lossAxis))));
  }

  /** 0.4 as 0.4 (5/m), the paper's way to write it. */
  private static String gamma(String written) {
    double gamma = GridTrial.parse(written);
    return gamma > 0 ? written + " (" + Words.number(2 / gamma, 3) + "/m)" : written;
  }

  private static List<Plot> panels(List<List<Named>> curves, Axis x, Axis y) {
    return curves.stream()
        .map(panel -> new Plot(x, y, plain(panel), PANEL_WIDTH, PANEL_HEIGHT))
        .toList();
  }

  private List<List<Named>> curves(List<String> rates, ToDoubleFunction<GridTrial.Epoch> value) {
    List<Ink> inks = Ink.ramp(slice.gammas().size());
    List<List<Named>> panels = new ArrayList<>();
    for (String rate : rates) {
      List<Named> panel = new ArrayList<>();
      for (int i = 0; i < slice.gammas().size(); i++) {
        List<List<GridTrial.Epoch>> histories =
            slice.at(rate, slice.gammas().get(i)).trials().stream()
                .map(GridTrial::history)
                .filter(history -> !history.isEmpty())
                .toList();
        // Of as many trials from its first epoch to its last.
        int epochs = histories.stream().mapToInt(List::size).min().orElse(0);
        double[] x = IntStream.rangeClosed(1, epochs).asDoubleStream().toArray();
        double[] y =
            IntStream.range(0, epochs)
                .mapToDouble(
                    epoch ->
                        histories.stream()
                            .mapToDouble(history -> value.applyAsDouble(history.get(epoch)))
                            .average()
                            .orElse(Double.NaN))
                .toArray();
        if (epochs > 0) {
          panel.add(new Named("", new Curve(inks.get(i), Mark.LINE, x, y)));
          panel.add(new Named("", new Curve(inks.get(i), Mark.DOTS, x, y)));
        }
      }
      panels.add(panel);
    }
    return panels;
  }

  private String divergences(List<String> rates) {
    String diverged =
        slice.trials().stream()
            .filter(GridTrial::diverged)
            .filter(trial -> rates.contains(trial.values().get(GridFiles.RATE)))
            .map(
                trial ->
                    String.format(
                        Locale.ROOT,
                        "γ %s at %s, seed %s (epoch %s, step %s)",
                        trial.values().get(GridFiles.GAMMA),
                        trial.values().get(GridFiles.RATE),
                        trial.seed(),
                        Words.number(trial.divergedEpoch(), 6),
                        Words.number(trial.divergedStep(), 6)))
            .collect(Collectors.joining("; "));
    return diverged.isEmpty() ? "" : " Diverged: " + diverged + ".";
  }

  /** Early loss over η·γ. */
  Figure effectiveRate(List<EffectiveRate.Sample> samples, Optional<EffectiveRate> fit) {
    String id = "effective-learning-rate" + slice.suffix();
    String title = "Early loss over ηγ" + slice.words();
    if (samples.isEmpty()) {
      return Figure.absent(id, title, "No trial has finished its first epoch.");
    }
    List<Named> curves = new ArrayList<>();
    fit.ifPresent(found -> curves.add(new Named("fit at the mean of η/γ", fitted(found, samples))));
    for (int i = 0; i < slice.rates().size(); i++) {
      double rate = GridTrial.parse(slice.rates().get(i));
      List<EffectiveRate.Sample> of = samples.stream().filter(s -> s.rate() == rate).toList();
      if (!of.isEmpty()) {
        curves.add(
            new Named(
                "learning rate " + slice.rates().get(i),
                new Curve(
                    Ink.kind(i),
                    Mark.shape(i),
                    of.stream().mapToDouble(s -> s.rate() * s.gamma()).toArray(),
                    of.stream().mapToDouble(EffectiveRate.Sample::loss).toArray())));
      }
    }
    return Figure.of(
        id,
        title,
        "A mark a trial. If the effective learning rate were all that mattered, marks of all shapes would lie on one curve.",
        Named.legend(curves),
        "Mean training loss of the first epoch by the product of learning rate and γ, a mark a trial",
        new Plot(
            Axis.logarithmic("ηγ = learning rate × γ", xs(curves)),
            Axis.around("training loss of the first epoch (nats)", ys(curves)),
            plain(curves),
            WIDE,
            HIGH));
  }

  private static Curve fitted(EffectiveRate fit, List<EffectiveRate.Sample> samples) {
    double from = samples.stream().mapToDouble(EffectiveRate.Sample::s).min().orElseThrow();
    double to = samples.stream().mapToDouble(EffectiveRate.Sample::s).max().orElseThrow();
    double t = samples.stream().mapToDouble(EffectiveRate.Sample::t).average().orElseThrow();
    double[] s =
        IntStream.rangeClosed(0, FIT_STEPS)
            .mapToDouble(step -> from + (to - from) * step / FIT_STEPS)
            .toArray();
    return new Curve(
        Ink.TEXT,
        Mark.LINE,
        Arrays.stream(s).map(exponent -> Math.pow(10, exponent)).toArray(),
        Arrays.stream(s).map(exponent -> fit.at(exponent, t)).toArray());
  }

  private static List<Curve> plain(List<Named> curves) {
    return curves.stream().map(Named::curve).toList();
  }

  private static double[] xs(List<Named> curves) {
    return Plot.values(curves.stream().map(named -> named.curve().x()).toArray(double[][]::new));
  }

  private static double[] ys(List<Named> curves) {
    return Plot.values(curves.stream().map(named -> named.curve().y()).toArray(double[][]::new));
  }
}
