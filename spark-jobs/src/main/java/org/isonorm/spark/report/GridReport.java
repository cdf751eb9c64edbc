package org.isonorm.spark.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.isonorm.spark.config.Secrets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The report of a grid: one HTML file that opens offline, and its figures beside it as PNG files.
 * It is built from the files of the grid's folder alone, at any time: what the grid did not get to
 * says "not run".
 */
public final class GridReport {
  /** More planes than these are too small beside each other. */
  private static final int MOST_BESIDE = 24;

  private static final Logger LOG = LoggerFactory.getLogger(GridReport.class);
  private static final String TIME_TO_TARGET = "timeToTarget";
  private static final List<String> PROTOCOLS = List.of("paper", "control");

  private final GridFiles grid;
  private final Optional<Chance> chance;
  private final List<Figure> figures = new ArrayList<>();

  private GridReport(GridFiles grid) throws IOException {
    this.grid = grid;
    this.chance = Chance.of(grid);
  }

  /**
   * Writes report.html and plots/*.png into a grid's folder, in place of earlier ones.
   *
   * @return the page
   * @throws IllegalArgumentException if the folder is not that of a grid
   * @throws IOException if a file of the grid cannot be read or is malformed, or the page cannot be
   *     written
   */
  public static Path render(Path gridFolder) throws IOException {
    Page.prepare();
    GridReport report = new GridReport(GridFiles.load(gridFolder));
    String page = report.page();
    Figure.write(report.figures, gridFolder);
    Path file = Page.write(gridFolder, page);
    LOG.info("Wrote {}", file);
    return file;
  }

  private String page() throws IOException {
    Map<String, Object> model = new HashMap<>();
    model.put("title", grid.text("network") + " on " + grid.text("dataset"));
    model.put("name", grid.text("name"));
    model.put("status", status());
    model.put("note", grid.run().note());
    model.put("facts", facts());
    model.put("tiles", tiles());
    List<GridSlice> slices = grid.hasBothAxes() ? GridSlice.of(grid) : List.of();
    model.put(
        "overview",
        slices.size() > 1 && slices.size() <= MOST_BESIDE
            ? List.of(add(GridFigures.heatMaps(slices)))
            : List.of());
    List<View.Plane> planes = new ArrayList<>();
    for (GridSlice slice : slices) {
      planes.add(plane(slice));
    }
    model.put("planes", planes);
    model.put("checks", checks(slices));
    model.put("points", pointTable());
    model.put("trials", trialTable());
    PaperTables tables = PaperTables.of(TestResult.ofGrid(grid));
    model.put("paperTables", tables.views());
    model.put("paperTablesRun", tables.hasOurs());
    model.put("config", Secrets.withhold(grid.run().configText()));
    model.put("environment", RunReport.environmentTable(grid.run()));
    return Page.fill("grid.ftlh", model);
  }

  private View.Figure add(Figure figure) throws IOException {
    figures.add(figure);
    return figure.view();
  }

  private View.Plane plane(GridSlice slice) throws IOException {
    GridFigures draw = new GridFigures(slice);
    BestGammas best = new BestGammas(slice, chance);
    List<View.Figure> curves = new ArrayList<>();
    for (Figure figure : draw.trainingCurves()) {
      curves.add(add(figure));
    }
    String words = slice.words();
    return new View.Plane(
        "Learning rate × γ" + words,
        best.sentence(),
        add(draw.heatMap()),
        best.table(),
        add(draw.overGamma()),
        curves);
  }

  /** One a plane, and one that says "not run" for each protocol that was not. */
  private List<View.Check> checks(List<GridSlice> slices) throws IOException {
    List<View.Check> checks = new ArrayList<>();
    for (String protocol : PROTOCOLS) {
      List<GridSlice> of =
          slices.stream().filter(slice -> slice.protocol().equals(protocol)).toList();
      for (GridSlice slice : of) {
        checks.add(check(slice));
      }
      if (of.isEmpty()) {
        Figure none =
            Figure.absent(
                "effective-learning-rate-" + protocol,
                "Early loss over ηγ · " + protocol + " protocol",
                grid.texts("protocols").contains(protocol)
                    ? "No trial of this protocol has ended."
                    : "grid.protocols does not have it.");
        checks.add(
            new View.Check(
                heading(protocol, ""), none.view(), "", new View.Table(List.of(), List.of(), "")));
      }
    }
    return checks;
  }

  private View.Check check(GridSlice slice) throws IOException {
    List<EffectiveRate.Sample> samples = EffectiveRate.samples(slice.trials());
    Optional<EffectiveRate> fit = EffectiveRate.fit(samples);
    String obstacle = EffectiveRate.obstacle(samples);
    int left = slice.trials().size() - samples.size();
    String leftOut =
        left == 0
            ? ""
            : String.format(
                Locale.ROOT,
                " %s without a finished first epoch left out.",
                Words.plural(left, "trial"));
    View.Figure figure = add(new GridFigures(slice).effectiveRate(samples, fit));
    return new View.Check(
        heading(slice.protocol(), slice.words()),
        figure,
        fit.map(EffectiveRate::sentence)
                .orElse(
                    "Not fitted. "
                        + (obstacle.isEmpty() ? "The trials do not determine it." : obstacle))
            + leftOut,
        fit.map(EffectiveRate::table).orElse(new View.Table(List.of(), List.of(), "")));
  }

  private static String heading(String protocol, String words) {
    return protocol.equals("paper")
        ? "The paper's protocol: one learning rate for everything" + words
        : "The control protocol: classifier and batch normalization at a fixed rate, η × weight decay constant"
            + words.replace(" · control protocol", "").replace(", control protocol", "");
  }

  private String status() {
    long missing = grid.count("missing");
    long trials = grid.count("trials");
    String counted =
        String.format(
            Locale.ROOT, "%s of %s", Words.count(trials - missing), Words.plural(trials, "trial"));
    return switch (grid.text("status")) {
      case "complete" -> "Finished: " + counted;
      case "running" -> "Not finished: " + counted + " (running, or killed)";
      default -> "Not finished: " + counted + " (stopped by its budget)";
    };
  }

  private List<View.Fact> facts() {
    return List.of(
        new View.Fact("data set", grid.text("dataset")),
        new View.Fact("network", grid.text("network")),
        new View.Fact("epochs", grid.text("epochs")),
        new View.Fact(
            "axes",
            grid.axes().entrySet().stream()
                .map(
                    axis ->
                        axis.getKey().substring(axis.getKey().lastIndexOf('.') + 1)
                            + " ("
                            + axis.getValue().size()
                            + ")")
                .collect(Collectors.joining(" × "))),
        new View.Fact("seeds", String.join(", ", grid.texts("seeds"))),
        new View.Fact("protocols", String.join(", ", grid.texts("protocols"))),
        new View.Fact("mode", grid.text("mode")),
        new View.Fact(
            "pruning",
            grid.summary().path("pruning").asBoolean()
                ? "on: the heat map is biased against slow starts"
                : "off"),
        new View.Fact(
            "trials' time",
            Words.duration(
                grid.trials().stream()
                    .mapToDouble(GridTrial::seconds)
                    .filter(Double::isFinite)
                    .sum())));
  }

  private List<View.Tile> tiles() {
    JsonNode winner = grid.summary().path("winner");
    JsonNode point = winner.path("point");
    List<View.Tile> tiles = new ArrayList<>();
    boolean won = !winner.isMissingNode();
    tiles.add(won && hasReached(point) ? soonest(point) : highest(point, won));
    tiles.add(
        new View.Tile(
            "its test accuracy",
            won ? Words.percent(winner.path("testAccuracy").asDouble(Double.NaN)) : "not run",
            won ? testNote(winner) : "only the winner is tested",
            false));
    tiles.add(
        new View.Tile(
            "diverged trials",
            Words.count(grid.count("diverged")),
            String.format(
                Locale.ROOT,
                "of %s with a result",
                Words.count(grid.count("trials") - grid.count("missing"))),
            false));
    tiles.add(
        new View.Tile(
            "failed, pruned, missing",
            String.format(
                Locale.ROOT,
                "%d, %d, %d",
                grid.count("failed"),
                grid.count("pruned"),
                grid.count("missing")),
            "trials",
            false));
    return tiles;
  }

  private View.Tile highest(JsonNode point, boolean won) {
    return new View.Tile(
        "highest point on validation",
        won ? Words.percent(point.path("validationAccuracy").asDouble(Double.NaN)) : "not run",
        won
            ? describe(point)
                + winnerNote(point)
                + (hasTarget() ? " · no point reached " + target() : "")
            : "chosen once every trial has a result",
        true);
  }

  private View.Tile soonest(JsonNode point) {
    JsonNode time = point.path(TIME_TO_TARGET);
    int n = point.path("done").asInt(0);
    double mean = time.path("seconds").asDouble(Double.NaN);
    String doubt =
        others(point)
            .filter(other -> other.path(TIME_TO_TARGET).path("reached").asInt() == n)
            .map(other -> other.path(TIME_TO_TARGET))
            .min(Comparator.comparingDouble(other -> other.path("seconds").asDouble()))
            .map(
                next ->
                    Comparison.doubt(
                        mean,
                        time.path("deviation").asDouble(Double.NaN),
                        n,
                        next.path("seconds").asDouble(Double.NaN),
                        next.path("deviation").asDouble(Double.NaN),
                        n))
            .orElse("");
    return new View.Tile(
        "soonest point at " + target(),
        Words.duration(mean),
        String.format(
                Locale.ROOT,
                "%s · of training, on validation · reached by %d of n = %d",
                describe(point),
                time.path("reached").asInt(),
                n)
            + cannotTell(doubt),
        true);
  }

  private boolean hasTarget() {
    return grid.summary().path("targetAccuracy").asDouble(0) > 0;
  }

  private String target() {
    return Words.percent(grid.summary().path("targetAccuracy").asDouble());
  }

  private static boolean hasReached(JsonNode point) {
    return point.path(TIME_TO_TARGET).path("reached").asInt(0) > 0;
  }

  /** The other points of a winner's protocol with as many seeds that trained to the end. */
  private Stream<JsonNode> others(JsonNode winner) {
    return StreamSupport.stream(grid.summary().path("points").spliterator(), false)
        .filter(
            point ->
                !point.path("values").equals(winner.path("values"))
                    && point.path("protocol").equals(winner.path("protocol"))
                    && point.path("done").asInt() == winner.path("done").asInt());
  }

  private static String cannotTell(String doubt) {
    return doubt.isEmpty() ? "" : " · whether it is the best, cannot tell: " + doubt;
  }

  private static String testNote(JsonNode winner) {
    int n = winner.path("testAccuracies").size();
    long examples = winner.path("testExamples").asLong();
    double accuracy = winner.path("testAccuracy").asDouble(Double.NaN);
    return n < 2
        ? String.format(
            Locale.ROOT,
            "n = %d, %s examples, %s",
            n,
            Words.count(examples),
            RunReport.interval(accuracy, examples))
        : String.format(
            Locale.ROOT,
            "± %s over n = %d, %s examples",
            Words.percent(winner.path("testDeviation").asDouble(Double.NaN)),
            n,
            Words.count(examples));
  }

  /** How many seeds it rests on, and whether they tell that it is the best. */
  private String winnerNote(JsonNode winner) {
    double mean = winner.path("validationAccuracy").asDouble(Double.NaN);
    int n = winner.path("done").asInt(0);
    Optional<JsonNode> next =
        others(winner)
            .max(Comparator.comparingDouble(p -> p.path("validationAccuracy").asDouble(-1)));
    String doubt =
        chance.isPresent() && n > 0 && !chance.get().isBeatenBy(mean, n)
            ? "at chance"
            : next.map(
                    point ->
                        Comparison.doubt(
                            mean,
                            winner.path("deviation").asDouble(Double.NaN),
                            n,
                            point.path("validationAccuracy").asDouble(Double.NaN),
                            point.path("deviation").asDouble(Double.NaN),
                            n))
                .orElse("");
    return " · n = " + n + cannotTell(doubt);
  }

  private static String describe(JsonNode point) {
    List<String> parts = new ArrayList<>();
    point
        .path("values")
        .fields()
        .forEachRemaining(
            value ->
                parts.add(
                    value.getKey().substring(value.getKey().lastIndexOf('.') + 1)
                        + " "
                        + value.getValue().asText()));
    if (!point.path("protocol").asText("paper").equals("paper")) {
      parts.add(point.path("protocol").asText() + " protocol");
    }
    return String.join(", ", parts);
  }

  private View.Table pointTable() {
    List<String> columns = new ArrayList<>(List.of("point"));
    columns.addAll(
        List.of("best epoch", "± (seeds)", "last epoch", "±", "n", "diverged", "failed", "pruned"));
    if (hasTarget()) {
      columns.addAll(List.of("reached " + target(), "training until then", "± (seeds)"));
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode point : grid.summary().path("points")) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  describe(point),
                  Words.percent(point.path("validationAccuracy").asDouble(Double.NaN)),
                  Words.percent(point.path("deviation").asDouble(Double.NaN)),
                  Words.percent(point.path("lastValidationAccuracy").asDouble(Double.NaN)),
                  Words.percent(point.path("lastDeviation").asDouble(Double.NaN)),
                  point.path("done").asText("0"),
                  point.path("diverged").asText("0"),
                  point.path("failed").asText("0"),
                  point.path("pruned").asText("0")));
      if (hasTarget()) {
        JsonNode time = point.path(TIME_TO_TARGET);
        row.add(time.path("reached").asText("0"));
        row.add(Words.duration(time.path("seconds").asDouble(Double.NaN)));
        row.add(Words.duration(time.path("deviation").asDouble(Double.NaN)));
      }
      rows.add(row);
    }
    return new View.Table(columns, rows, "Accuracies on the validation examples.");
  }

  private View.Table trialTable() {
    List<String> columns =
        new ArrayList<>(
            List.of("trial", "status", "epochs", "best validation", "last validation", "time"));
    if (hasTarget()) {
      columns.add("training to " + target());
    }
    columns.add("cause");
    List<List<String>> rows = grid.trials().stream().map(this::cells).toList();
    return new View.Table(columns, rows, "results.csv and results.parquet have every epoch.");
  }

  private List<String> cells(GridTrial trial) {
    List<String> cells =
        new ArrayList<>(
            List.of(
                trial.name(),
                trial.status(),
                Words.number(trial.epochsDone(), 6) + " of " + Words.number(trial.epochs(), 6),
                Words.percent(trial.bestValidationAccuracy()),
                Words.percent(trial.lastValidationAccuracy()),
                Words.duration(trial.seconds())));
    if (hasTarget()) {
      cells.add(Words.duration(trial.secondsToTarget()));
    }
    cells.add(trial.cause());
    return cells;
  }
}
