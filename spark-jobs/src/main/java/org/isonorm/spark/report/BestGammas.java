package org.isonorm.spark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.isonorm.spark.report.GridSlice.Point;

/** The best γ of every learning rate of a plane, and what that says about the paper's claim. */
final class BestGammas {
  private static final String MISSING = " Trials are still missing, so this may change.";

  private final GridSlice slice;
  private final Optional<Chance> chance;
  private final List<String> rates;

  BestGammas(GridSlice slice, Optional<Chance> chance) {
    this.slice = slice;
    this.chance = chance;
    this.rates = slice.rates().stream().filter(rate -> slice.best(rate).isPresent()).toList();
  }

  private Point best(String rate) {
    return slice.contenders(rate).get(0);
  }

  private Optional<Point> next(String rate) {
    return slice.contenders(rate).stream().skip(1).findFirst();
  }

  /** Why the trials of a learning rate cannot tell which γ is best, "" if they can. */
  private String doubt(String rate) {
    Point best = best(rate);
    int n = best.accuracies().length;
    if (chance.isPresent() && !chance.get().isBeatenBy(best.mean(), n)) {
      return "at chance";
    }
    return next(rate)
        .map(
            next ->
                Comparison.doubt(
                    best.mean(),
                    best.deviation(),
                    n,
                    next.mean(),
                    next.deviation(),
                    next.accuracies().length))
        .orElse("no other γ to compare");
  }

  private boolean isDecided(String rate) {
    return doubt(rate).isEmpty();
  }

  View.Table table() {
    List<List<String>> rows = new ArrayList<>();
    for (String rate : slice.rates()) {
      if (!rates.contains(rate)) {
        boolean tried = slice.row(rate).stream().anyMatch(point -> !point.trials().isEmpty());
        rows.add(
            List.of(rate, tried ? "none trained with all seeds" : "not run", "", "", "", "", ""));
        continue;
      }
      Point best = best(rate);
      Optional<Point> next = next(rate);
      rows.add(
          List.of(
              rate,
              best.gamma() + (isAtEdge(best) ? " (end of the range)" : ""),
              Words.percent(best.mean()),
              Words.percent(best.deviation()),
              Integer.toString(best.accuracies().length),
              next.map(
                      point ->
                          String.format(
                              Locale.ROOT,
                              "%s, %s points less",
                              point.gamma(),
                              String.format(
                                  Locale.ROOT, "%.2f", 100 * (best.mean() - point.mean()))))
                  .orElse(Words.UNKNOWN),
              isDecided(rate) ? "yes" : "cannot tell: " + doubt(rate)));
    }
    return new View.Table(
        List.of(
            "learning rate",
            "highest at γ",
            "validation accuracy",
            "standard deviation",
            "n",
            "next γ",
            "better than the next"),
        rows,
        "Better than the next: by Welch's t-test over seeds, at 95% confidence. At chance: no higher than the luckiest of as many guesses.");
  }

  private boolean isAtEdge(Point point) {
    return slice.gammas().size() > 2
        && (point.gamma().equals(slice.gammas().get(0))
            || point.gamma().equals(slice.gammas().get(slice.gammas().size() - 1)));
  }

  String sentence() {
    if (rates.isEmpty()) {
      return "";
    }
    List<String> decided = rates.stream().filter(this::isDecided).toList();
    String found =
        rates.stream()
            .map(
                rate ->
                    String.format(
                        Locale.ROOT,
                        "%s at learning rate %s (n = %d)",
                        best(rate).gamma(),
                        rate,
                        best(rate).accuracies().length))
            .collect(Collectors.joining(", "));
    String start =
        decided.size() == rates.size() ? "Best γ: " : "Highest validation accuracy at γ ";
    String doubts =
        rates.stream()
            .filter(rate -> !isDecided(rate))
            .map(rate -> String.format(Locale.ROOT, "%s (%s)", rate, doubt(rate)))
            .collect(Collectors.joining(", "));
    String caveat =
        doubts.isEmpty() ? "" : " Which γ is best, cannot tell at learning rate " + doubts + ".";
    return start + found + "." + caveat + (isWhole() ? trend(decided) : MISSING);
  }

  private boolean isWhole() {
    return slice.rates().stream()
        .flatMap(rate -> slice.row(rate).stream())
        .allMatch(point -> point.trials().size() >= slice.seeds());
  }

  /** Of γ as the learning rate falls, among the learning rates where the best can be told. */
  private String trend(List<String> decided) {
    if (rates.size() < 2) {
      return "";
    }
    if (decided.size() < 2) {
      return String.format(
          Locale.ROOT,
          " Whether it moves with the learning rate, cannot tell: the best is known at %d of %s.",
          decided.size(),
          Words.plural(rates.size(), "learning rate"));
    }
    double[] gammas =
        decided.stream().mapToDouble(rate -> GridTrial.parse(best(rate).gamma())).toArray();
    boolean rises = IntStream.range(1, gammas.length).allMatch(i -> gammas[i] >= gammas[i - 1]);
    boolean falls = IntStream.range(1, gammas.length).allMatch(i -> gammas[i] <= gammas[i - 1]);
    String over =
        decided.size() == rates.size()
            ? ""
            : String.format(
                Locale.ROOT, " (over the %d learning rates where it is known)", decided.size());
    if (rises && falls) {
      return String.format(
          Locale.ROOT,
          " It is the same at every learning rate%s, where Zhang et al. (2022) expect it to rise as the rate falls.",
          over);
    }
    return rises
        ? String.format(
            Locale.ROOT,
            " It rises as the learning rate falls%s, as Zhang et al. (2022) say.",
            over)
        : falls
            ? String.format(
                Locale.ROOT,
                " It falls with the learning rate%s, where Zhang et al. (2022) expect it to rise.",
                over)
            : String.format(
                Locale.ROOT,
                " It does not move one way with the learning rate%s, where Zhang et al. (2022) expect it to rise as the rate falls.",
                over);
  }
}
