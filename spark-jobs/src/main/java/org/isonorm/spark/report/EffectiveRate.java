package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.math3.distribution.FDistribution;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.linear.SingularMatrixException;
import org.apache.commons.math3.stat.regression.OLSMultipleLinearRegression;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * The effective-learning-rate check. Before batch normalization a convolution's effective learning
 * rate is η/‖w‖², which at the start is proportional to ηγ. If nothing but that mattered, the early
 * loss of all trials would lie on one curve over ηγ. The check fits by least squares {@code y = a +
 * b₁s + b₂s² + b₃s³ + d·t} with y the mean training loss of the first epoch, {@code s = log₁₀(ηγ)}
 * and {@code t = log₁₀(η/γ)}, whose d is zero if they do.
 *
 * @param coefficients a, b₁, b₂, b₃, d
 * @param errors their standard errors
 * @param trials how many were fitted
 * @param deviation of the residuals
 * @param residue what d makes of the loss between the largest and the smallest learning rate at the
 *     same ηγ
 * @param residueError half of the 95% interval of that
 * @param reach from the lowest to the highest fitted loss over ηγ
 * @param chanceOfReach of a fit this much better than one without ηγ, if ηγ did nothing (F-test)
 */
record EffectiveRate(
    double[] coefficients,
    double[] errors,
    int trials,
    double deviation,
    double rSquared,
    double residue,
    double residueError,
    double reach,
    double chanceOfReach) {
  /** Coefficients of the fit. */
  static final int COEFFICIENTS = 5;

  private static final double CONFIDENCE = 0.95;

  /** A residue below this share of the reach would hardly be seen in the plot. */
  private static final double SMALL = 0.1;

  /** With a residue above this share of the reach, ηγ explains little. */
  private static final double LARGE = 0.5;

  private static final int CURVE_STEPS = 200;

  /** A trial's place in the fit. */
  record Sample(double rate, double gamma, double loss) {
    double s() {
      return Math.log10(rate * gamma);
    }

    double t() {
      return Math.log10(rate / gamma);
    }
  }

  /** What the fit says about the loss's being a function of ηγ. */
  enum Verdict {
    COLLAPSES("collapses"),
    NEARLY("nearly collapses"),
    PARTLY("collapses in part"),
    DOES_NOT("does not collapse"),
    UNDECIDED("cannot tell");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** The trials that can be fitted: numbers on both axes and a finished first epoch. */
  static List<Sample> samples(List<GridTrial> trials) {
    return trials.stream()
        .map(
            trial ->
                new Sample(
                    trial.number(GridFiles.RATE), trial.number(GridFiles.GAMMA), trial.earlyLoss()))
        .filter(sample -> sample.rate() > 0 && sample.gamma() > 0)
        .filter(sample -> Double.isFinite(sample.loss()))
        .toList();
  }

  /** Why samples cannot be fitted, "" if they can. */
  static String obstacle(List<Sample> samples) {
    long rates = samples.stream().mapToDouble(Sample::rate).distinct().count();
    long products =
        samples.stream().mapToLong(sample -> Math.round(1e6 * sample.s())).distinct().count();
    if (samples.size() <= COEFFICIENTS || rates < 2 || products < COEFFICIENTS) {
      return String.format(
          Locale.ROOT,
          "The fit takes more than %d trials with a finished first epoch, 2 learning rates and %d different ηγ; there are %d, %d and %d.",
          COEFFICIENTS,
          COEFFICIENTS,
          samples.size(),
          rates,
          products);
    }
    return "";
  }

  /** The fit, if there are samples enough. */
  static Optional<EffectiveRate> fit(List<Sample> samples) {
    if (!obstacle(samples).isEmpty()) {
      return Optional.empty();
    }
    OLSMultipleLinearRegression regression = new OLSMultipleLinearRegression(1e-10);
    regression.newSampleData(
        samples.stream().mapToDouble(Sample::loss).toArray(),
        samples.stream()
            .map(
                sample ->
                    new double[] {
                      sample.s(), Math.pow(sample.s(), 2), Math.pow(sample.s(), 3), sample.t()
                    })
            .toArray(double[][]::new));
    try {
      double[] coefficients = regression.estimateRegressionParameters();
      double[] errors = regression.estimateRegressionParametersStandardErrors();
      double quantile =
          new TDistribution(samples.size() - (double) COEFFICIENTS)
              .inverseCumulativeProbability((1 + CONFIDENCE) / 2);
      // At one ηγ, t is 2 log η less a constant.
      double span =
          2
              * Math.log10(
                  samples.stream().mapToDouble(Sample::rate).max().orElseThrow()
                      / samples.stream().mapToDouble(Sample::rate).min().orElseThrow());
      return Optional.of(
          new EffectiveRate(
              coefficients,
              errors,
              samples.size(),
              regression.estimateRegressionStandardError(),
              regression.calculateRSquared(),
              coefficients[4] * span,
              quantile * errors[4] * span,
              reach(coefficients, samples),
              chanceOfReach(samples, regression.calculateResidualSumOfSquares())));
    } catch (SingularMatrixException e) {
      return Optional.empty();
    }
  }

  /** Of the residuals with and without the three terms of ηγ. */
  private static double chanceOfReach(List<Sample> samples, double residuals) {
    SimpleRegression without = new SimpleRegression();
    samples.forEach(sample -> without.addData(sample.t(), sample.loss()));
    int terms = COEFFICIENTS - 2;
    double freedom = samples.size() - (double) COEFFICIENTS;
    double gain = (without.getSumSquaredErrors() - residuals) / terms;
    return gain <= 0
        ? 1
        : 1 - new FDistribution(terms, freedom).cumulativeProbability(gain / (residuals / freedom));
  }

  private static double reach(double[] coefficients, List<Sample> samples) {
    double from = samples.stream().mapToDouble(Sample::s).min().orElseThrow();
    double to = samples.stream().mapToDouble(Sample::s).max().orElseThrow();
    double lowest = Double.POSITIVE_INFINITY;
    double highest = Double.NEGATIVE_INFINITY;
    for (int step = 0; step <= CURVE_STEPS; step++) {
      double value = cubic(coefficients, from + (to - from) * step / CURVE_STEPS);
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    return highest - lowest;
  }

  private static double cubic(double[] c, double s) {
    return c[0] + s * (c[1] + s * (c[2] + s * c[3]));
  }

  /** The fitted loss. */
  double at(double s, double t) {
    return cubic(coefficients, s) + coefficients[4] * t;
  }

  private boolean movesTheLoss() {
    return chanceOfReach < 1 - CONFIDENCE;
  }

  /**
   * Whether ηγ does anything decides first, then whether d may be zero, then how much of the loss
   * is left to it.
   */
  Verdict verdict() {
    double size = Math.abs(residue);
    if (!movesTheLoss()) {
      return Verdict.UNDECIDED;
    }
    if (size <= residueError) {
      return size + residueError <= SMALL * reach ? Verdict.COLLAPSES : Verdict.UNDECIDED;
    }
    return size <= SMALL * reach
        ? Verdict.NEARLY
        : size <= LARGE * reach ? Verdict.PARTLY : Verdict.DOES_NOT;
  }

  /** The verdict with its reasons. */
  String sentence() {
    String numbers =
        String.format(
            Locale.ROOT,
            "over n = %d trials, at the same ηγ the smallest and the largest learning rate differ by %.3f ± %.3f nats (95%% interval), where ηγ itself moves the loss by %.3f",
            trials,
            Math.abs(residue),
            residueError,
            reach);
    return switch (verdict()) {
      case COLLAPSES ->
          "The early loss collapses on ηγ: " + numbers + ", and d is zero within its error.";
      case NEARLY ->
          "The early loss nearly collapses on ηγ: "
              + numbers
              + "; d is not zero, but what it does is below a tenth of that.";
      case PARTLY -> "The early loss collapses on ηγ only in part: " + numbers + ".";
      case DOES_NOT -> "The early loss does not collapse on ηγ: " + numbers + ".";
      case UNDECIDED ->
          "These trials cannot tell whether the early loss collapses on ηγ: "
              + numbers
              + (movesTheLoss() ? "." : ", no more than the trials scatter.");
    };
  }

  View.Table table() {
    String[] names = {"a", "b₁ (log₁₀ ηγ)", "b₂ (squared)", "b₃ (cubed)", "d (log₁₀ η/γ)"};
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      rows.add(
          List.of(
              names[i],
              Words.number(coefficients[i], 4),
              Words.number(errors[i], 2),
              Words.number(coefficients[i] / errors[i], 3)));
    }
    return new View.Table(
        List.of("coefficient", "estimate (nats)", "standard error", "estimate / error"),
        rows,
        String.format(
            Locale.ROOT,
            "Least squares over %d trials, %d degrees of freedom; residuals' deviation %.3f nats, R² %.3f. Trials of one seed share their data order, so the errors are somewhat optimistic.",
            trials,
            trials - COEFFICIENTS,
            deviation,
            rSquared));
  }
}
