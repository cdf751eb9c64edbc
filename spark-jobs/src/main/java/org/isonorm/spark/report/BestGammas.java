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
  private final GridSlice slice;
  private final List<String> rates;

  BestGammas(GridSlice slice) {
    this.slice = slice;
    this.rates = slice.rates().stream().filter(rate -> slice.best(rate).isPresent()).toList();
  }

  private Point best(String rate) {
    return slice.ranked(rate).get(0);
  }

  private Optional<Point> next(String rate) {
    return slice.ranked(rate).stream().skip(1).findFirst();
  }

  /**
   * Whether the seeds' spread could have swapped the best and the next: the difference is below
   * twice its standard error, or the spread is not known.
   */
  private boolean isTie(String rate) {
    Point best = best(rate);
    return next(rate)
        .map(
            next -> {
              double error =
                  Math.sqrt(
                      best.deviation() * best.deviation() / best.accuracies().length
                          + next.deviation() * next.deviation() / next.accuracies().length);
              return !(best.mean() - next.mean() > 2 * error);
            })
        .orElse(true);
  }

  View.Table table() {
    List<List<String>> rows = new ArrayList<>();
    for (String rate : slice.rates()) {
      if (!rates.contains(rate)) {
        rows.add(List.of(rate, "not run", "", "", "", "", ""));
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
                          "%s, %s points less"
                              .formatted(
                                  point.gamma(),
                                  String.format(
                                      Locale.ROOT, "%.2f", 100 * (best.mean() - point.mean()))))
                  .orElse(Words.UNKNOWN),
              isTie(rate) ? "no" : "yes"));
    }
    return new View.Table(
        List.of(
            "learning rate",
            "best γ",
            "validation accuracy",
            "standard deviation",
            "n",
            "next best γ",
            "beyond the seeds' spread"),
        rows,
        "Beyond the seeds' spread: the difference to the next best is more than twice its standard error.");
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
    String found =
        rates.stream()
            .map(rate -> best(rate).gamma() + " at learning rate " + rate)
            .collect(Collectors.joining(", "));
    double[] gammas =
        rates.stream().mapToDouble(rate -> GridTrial.parse(best(rate).gamma())).toArray();
    long ties = rates.stream().filter(this::isTie).count();
    String caveat =
        ties == 0
            ? ""
            : " At %d of %s the next best γ is within the seeds' spread."
                .formatted(ties, Words.plural(rates.size(), "learning rate"));
    return "Best γ: "
        + found
        + "."
        + (isWhole() ? trend(gammas) : " Trials are still missing, so this may change.")
        + caveat;
  }

  private boolean isWhole() {
    return slice.rates().stream()
        .flatMap(rate -> slice.row(rate).stream())
        .allMatch(point -> point.trials().size() >= slice.seeds());
  }

  /** Of γ as the learning rate falls. */
  private static String trend(double[] gammas) {
    boolean rises = IntStream.range(1, gammas.length).allMatch(i -> gammas[i] >= gammas[i - 1]);
    boolean falls = IntStream.range(1, gammas.length).allMatch(i -> gammas[i] <= gammas[i - 1]);
    if (gammas.length < 2) {
      return "";
    }
    if (rises && falls) {
      return " It is the same at every learning rate, where Zhang et al. (2022) expect it to rise as the rate falls.";
    }
    return rises
        ? " It rises as the learning rate falls, as Zhang et al. (2022) say."
        : falls
            ? " It falls with the learning rate, where Zhang et al. (2022) expect it to rise."
            : " It does not move one way with the learning rate, where Zhang et al. (2022) expect it to rise as the rate falls.";
  }
}
