package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.isonorm.spark.report.Plot.Curve;
import org.isonorm.spark.report.Plot.Mark;
import org.isonorm.spark.run.LayerRow;
import org.isonorm.spark.run.Metrics;
import org.isonorm.spark.run.MetricsRow;

/** The plots of a run's report. */
final class Figures {
  static final String NO_METRICS =
      "metrics.csv has no row yet: the run stopped before its first averaging round.";
  static final String NO_VALUES = "metrics.csv has no value for it.";
  static final String NO_LAYERS = "initialization.csv is not in the run's folder.";

  /** Points of a curve: more would not show. */
  private static final int POINTS = 800;

  /** Up to so many points, each has its dot. */
  private static final int DOTS = 40;

  private static final int BARS = 300;

  private final Metrics metrics;
  private final boolean manyClasses;

  /**
   * The plots of some metrics.
   *
   * @param manyClasses whether top-5 accuracy says something
   */
  Figures(Metrics metrics, boolean manyClasses) {
    this.metrics = metrics;
    this.manyClasses = manyClasses;
  }

  Figure loss() {
    List<Named> curves = new ArrayList<>();
    addRounds(curves, "training, each round", Ink.BLUE, MetricsRow::loss);
    addEpochs(curves, "training", Ink.BLUE, MetricsRow::loss);
    addEpochs(curves, "validation", Ink.VERMILION, row -> row.validationLoss().orElse(Double.NaN));
    return figure(
        "loss",
        "Loss",
        "",
        epochAxis(),
        Axis.ofSpan("cross-entropy (nats an example)", values(curves)),
        curves);
  }

  Figure accuracy() {
    List<Named> curves = new ArrayList<>();
    addEpochs(curves, "training", Ink.BLUE, row -> 100 * row.trainAccuracy());
    if (hasNone(curves)) {
      addRounds(curves, "training, each round", Ink.BLUE, row -> 100 * row.trainAccuracy());
    }
    addEpochs(curves, "validation", Ink.VERMILION, row -> 100 * row.validation());
    if (manyClasses) {
      addEpochs(
          curves,
          "validation, top-5",
          Ink.GREEN,
          row -> 100 * row.validationTop5Accuracy().orElse(Double.NaN));
    }
    return figure(
        "accuracy",
        "Accuracy",
        "",
        epochAxis(),
        Axis.fromZero(manyClasses ? "accuracy (%)" : "top-1 accuracy (%)", values(curves)),
        curves);
  }

  /** The accuracies of {@link #accuracy} by what they cost. */
  Figure accuracyOverTime() {
    double[] seconds = metrics.trainingSeconds();
    double last = Arrays.stream(seconds).filter(Double::isFinite).max().orElse(0);
    TimeUnit unit = TimeUnit.of(last);
    double[] x = Arrays.stream(seconds).map(each -> each / unit.seconds).toArray();
    List<Named> curves = new ArrayList<>();
    if (last > 0) {
      List<MetricsRow> epochs = metrics.epochs();
      add(curves, "training", Ink.BLUE, x, column(epochs, row -> 100 * row.trainAccuracy()));
      add(curves, "validation", Ink.VERMILION, x, column(epochs, row -> 100 * row.validation()));
    }
    return figure(
        "accuracy-time",
        "Accuracy over time",
        reached(),
        Axis.fromZero(unit.label + " of training", x),
        Axis.fromZero("top-1 accuracy (%)", values(curves)),
        curves);
  }

  /** What times of training are counted in. */
  private enum TimeUnit {
    SECONDS("seconds", 1),
    MINUTES("minutes", 60),
    HOURS("hours", 3600);

    /** So many of a unit are written before the next one is taken. */
    private static final int MOST = 10;

    private final String label;
    private final double seconds;

    TimeUnit(String label, double seconds) {
      this.label = label;
      this.seconds = seconds;
    }

    private static TimeUnit of(double seconds) {
      return seconds < MOST * MINUTES.seconds
          ? SECONDS
          : seconds < MOST * HOURS.seconds ? MINUTES : HOURS;
    }
  }

  private String reached() {
    String times =
        metrics.reached().stream()
            .filter(reached -> Double.isFinite(reached.seconds()))
            .map(
                reached ->
                    String.format(
                        Locale.ROOT,
                        "%d%% in %s",
                        reached.percent(),
                        Words.duration(reached.seconds())))
            .collect(Collectors.joining(", "));
    return times.isEmpty() ? "" : "Training to a validation accuracy of " + times + ".";
  }

  Figure learningRate() {
    List<MetricsRow> rows = metrics.rounds().isEmpty() ? metrics.epochs() : metrics.rounds();
    double[] x = column(rows, MetricsRow::step);
    double[] y = column(rows, MetricsRow::learningRate);
    List<Named> curves = new ArrayList<>();
    add(curves, "learning rate", Ink.BLUE, x, y);
    double last = x.length == 0 ? 1 : x[x.length - 1];
    return figure(
        "learning-rate",
        "Learning rate",
        "",
        Axis.whole("local steps", 0, Math.max(1, last)),
        Axis.fromZero("learning rate", y),
        curves);
  }

  Figure throughput() {
    List<Named> curves = new ArrayList<>();
    addRounds(curves, "each round", Ink.BLUE, MetricsRow::imagesPerSecond);
    addEpochs(curves, "each epoch", Ink.BLUE, MetricsRow::imagesPerSecond);
    return figure(
        "throughput",
        "Throughput",
        "",
        epochAxis(),
        Axis.fromZero("images/s, all workers", values(curves)),
        curves);
  }

  Figure time() {
    List<MetricsRow> epochs =
        metrics.epochSeconds().stream().filter(row -> Double.isFinite(row.seconds())).toList();
    double compute = Metrics.sum(epochs, MetricsRow::computeSeconds);
    double sync = Metrics.sum(epochs, MetricsRow::syncSeconds);
    double input = Metrics.sum(epochs, MetricsRow::inputSeconds);
    double total = compute + sync + input;
    double[][] bars = bars(epochs);
    List<Named> curves = new ArrayList<>();
    if (!epochs.isEmpty()) {
      // The highest sum first: the others cover its lower part.
      curves.add(
          new Named(
              "input " + Words.wholePercent(input / total),
              new Curve(Ink.GREEN, Mark.AREA, bars[0], bars[3])));
      curves.add(
          new Named(
              "sync " + Words.wholePercent(sync / total),
              new Curve(Ink.AMBER, Mark.AREA, bars[0], bars[2])));
      curves.add(
          new Named(
              "compute " + Words.wholePercent(compute / total),
              new Curve(Ink.BLUE, Mark.AREA, bars[0], bars[1])));
    }
    boolean unfinished = epochs.size() > metrics.epochs().size();
    double first = epochs.isEmpty() ? 1 : epochs.get(0).epoch();
    double last = epochs.isEmpty() ? 1 : epochs.get(epochs.size() - 1).epoch();
    return figure(
        "time",
        "Where time went",
        unfinished ? "The last epoch was not finished." : "",
        Axis.whole("epoch", first - 0.5, last + 0.5),
        Axis.fromZero("seconds an epoch", values(curves)),
        curves);
  }

  /**
   * Steps of a stacked plot: x, compute, compute + sync, compute + sync + input. Of a long run,
   * neighbouring epochs share a step at their mean.
   */
  private static double[][] bars(List<MetricsRow> epochs) {
    int count = Math.min(epochs.size(), BARS);
    double[][] bars = new double[4][count == 0 ? 0 : count + 1];
    for (int bar = 0; bar < count; bar++) {
      List<MetricsRow> group =
          epochs.subList(
              (int) ((long) bar * epochs.size() / count),
              (int) ((bar + 1L) * epochs.size() / count));
      bars[0][bar] = group.get(0).epoch() - 0.5;
      bars[1][bar] = Metrics.sum(group, MetricsRow::computeSeconds) / group.size();
      bars[2][bar] = bars[1][bar] + Metrics.sum(group, MetricsRow::syncSeconds) / group.size();
      bars[3][bar] = bars[2][bar] + Metrics.sum(group, MetricsRow::inputSeconds) / group.size();
    }
    if (count > 0) {
      bars[0][count] = epochs.get(epochs.size() - 1).epoch() + 0.5;
      for (int i = 1; i < bars.length; i++) {
        bars[i][count] = bars[i][count - 1];
      }
    }
    return bars;
  }

  /** Target and realized variance of every layer, in forward order. */
  static Figure variance(List<LayerRow> layers) {
    double[] x = IntStream.rangeClosed(1, layers.size()).asDoubleStream().toArray();
    double[] target = layers.stream().mapToDouble(LayerRow::targetVariance).toArray();
    double[] realized = layers.stream().mapToDouble(LayerRow::realizedVariance).toArray();
    List<Named> curves =
        List.of(
            new Named("target", new Curve(Ink.AMBER, Mark.LINE, x, target)),
            new Named("realized", new Curve(Ink.BLUE, Mark.DOTS, x, realized)));
    String absent = layers.isEmpty() ? NO_LAYERS : "";
    return figure(
        "variance",
        "Initial variance over depth",
        "",
        Axis.whole("layer, in forward order", 1, Math.max(2, layers.size())),
        Axis.logarithmic("variance of the weights", values(curves)),
        curves,
        absent);
  }

  private Figure figure(String id, String title, String note, Axis x, Axis y, List<Named> curves) {
    String absent = metrics.isEmpty() ? NO_METRICS : hasNone(curves) ? NO_VALUES : "";
    return figure(id, title, note, x, y, curves, absent);
  }

  private static Figure figure(
      String id, String title, String note, Axis x, Axis y, List<Named> curves, String absent) {
    if (!absent.isEmpty()) {
      return Figure.absent(id, title, absent);
    }
    String description = title + ": " + y.title() + " by " + x.title();
    Plot plot = new Plot(x, y, curves.stream().map(Named::curve).toList());
    return Figure.of(id, title, note, Named.legend(curves), description, plot);
  }

  private static boolean hasNone(List<Named> curves) {
    return Arrays.stream(values(curves)).noneMatch(Double::isFinite);
  }

  private static double[] values(List<Named> curves) {
    return Plot.values(curves.stream().map(named -> named.curve().y()).toArray(double[][]::new));
  }

  /** Epochs, or local steps as long as no epoch is finished. */
  private Axis epochAxis() {
    double last =
        Stream.concat(metrics.rounds().stream(), metrics.epochs().stream())
            .mapToDouble(this::epochsDone)
            .max()
            .orElse(1);
    boolean inEpochs = Double.isFinite(metrics.stepsPerEpoch());
    return Axis.whole(
        inEpochs ? "epoch" : "local steps (no epoch is finished)", 0, Math.max(1, last));
  }

  private double epochsDone(MetricsRow row) {
    double stepsPerEpoch = metrics.stepsPerEpoch();
    return Double.isFinite(stepsPerEpoch) ? row.step() / stepsPerEpoch : row.step();
  }

  private void addRounds(
      List<Named> curves, String label, Ink ink, ToDoubleFunction<MetricsRow> value) {
    double[] x = column(metrics.rounds(), this::epochsDone);
    double[] y = column(metrics.rounds(), value);
    if (metrics.epochs().isEmpty()) {
      add(curves, label, ink, x, y);
    } else if (metrics.rounds().size() > metrics.epochs().size()) {
      // As many rounds as epochs would only draw the epochs' curve twice.
      if (Arrays.stream(y).anyMatch(Double::isFinite)) {
        Thinning thinned = Thinning.of(x, y, POINTS);
        curves.add(new Named(label, new Curve(ink, Mark.THIN_LINE, thinned.x(), thinned.y())));
      }
    }
  }

  private void addEpochs(
      List<Named> curves, String label, Ink ink, ToDoubleFunction<MetricsRow> value) {
    add(
        curves,
        label,
        ink,
        column(metrics.epochs(), this::epochsDone),
        column(metrics.epochs(), value));
  }

  private static void add(List<Named> curves, String label, Ink ink, double[] x, double[] y) {
    if (Arrays.stream(y).noneMatch(Double::isFinite)) {
      return;
    }
    // Where only some epochs were evaluated, the line goes from one to the next.
    int[] finite = IntStream.range(0, y.length).filter(i -> Double.isFinite(y[i])).toArray();
    double[] finiteX = Arrays.stream(finite).mapToDouble(i -> x[i]).toArray();
    double[] finiteY = Arrays.stream(finite).mapToDouble(i -> y[i]).toArray();
    Thinning thinned = Thinning.of(finiteX, finiteY, POINTS);
    curves.add(new Named(label, new Curve(ink, Mark.LINE, thinned.x(), thinned.y())));
    if (finite.length <= DOTS) {
      curves.add(new Named("", new Curve(ink, Mark.DOTS, finiteX, finiteY)));
    }
  }

  private static double[] column(List<MetricsRow> rows, ToDoubleFunction<MetricsRow> value) {
    return rows.stream().mapToDouble(value).toArray();
  }
}
