package org.isonorm.spark.probe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.isonorm.spark.run.ProbeRow;

/**
 * What short runs say of the best learning rate.
 *
 * @param best the rate of the lowest mean loss of those with two seeds
 * @param loss that mean
 * @param noise standard error of the difference of two rates' means, from what differs between the
 *     seeds beyond what is common to all rates; NaN if there are fewer than two rates to tell by
 * @param equallyGood rates whose mean is within twice the noise of the lowest, by size; the best is
 *     one of them
 * @param bracketed whether a lower and a higher rate were tried, so that better ones do not lie
 *     beyond
 */
record RateChoice(
    double best, double loss, double noise, List<Double> equallyGood, boolean bracketed) {
  /**
   * How the best rate falls with the steps of a training whose runs each start in equilibrium:
   * measured, with the whole schedule in 30 to 3,744 steps (docs/evidence.md, "Short and long
   * trainings"); Bjorck et al. 2025 (arXiv 2409.19913) found .32 for language models.
   */
  private static final double FALL = .4;

  /** Standard errors within which two rates are as good as the same. */
  private static final double ALIKE = 2;

  /** Chooses; nothing if no rate was trained twice without diverging. */
  static Optional<RateChoice> of(List<ProbeRow> runs) {
    Map<Double, List<ProbeRow>> rates =
        runs.stream()
            .collect(
                Collectors.groupingBy(ProbeRow::learningRate, TreeMap::new, Collectors.toList()));
    Map<Double, Double> means = new TreeMap<>();
    List<Double> differences = new ArrayList<>();
    rates.forEach(
        (rate, both) -> {
          if (both.size() == 2 && both.stream().allMatch(row -> row.validationLoss() != null)) {
            double first = both.get(0).validationLoss();
            double second = both.get(1).validationLoss();
            means.put(rate, (first + second) / 2);
            differences.add(first - second);
          }
        });
    if (means.isEmpty()) {
      return Optional.empty();
    }
    double best = means.keySet().stream().min(Comparator.comparingDouble(means::get)).orElseThrow();
    double noise = noise(differences);
    double least = means.get(best);
    List<Double> alike =
        means.keySet().stream()
            .filter(rate -> rate == best || means.get(rate) - least <= ALIKE * noise)
            .toList();
    List<Double> tried = List.copyOf(rates.keySet());
    boolean bracketed = best > tried.get(0) && best < tried.get(tried.size() - 1);
    return Optional.of(new RateChoice(best, least, noise, alike, bracketed));
  }

  /**
   * The rate for a longer training.
   *
   * @param lengths how many times as many steps that training has, at least 1
   */
  double after(double lengths) {
    return RateLadder.readable(best * Math.pow(lengths, -FALL), RateLadder.RATE_DIGITS);
  }

  /**
   * A run's loss is that of its rate, of its seed and noise of variance σ²: the differences between
   * two seeds vary by 2σ² around their mean, the means of two seeds by σ²/2 each.
   */
  private static double noise(List<Double> differences) {
    if (differences.size() < 2) {
      return Double.NaN;
    }
    double mean = differences.stream().mapToDouble(each -> each).average().orElseThrow();
    double squares = differences.stream().mapToDouble(each -> (each - mean) * (each - mean)).sum();
    return Math.sqrt(squares / (differences.size() - 1) / 2);
  }
}
