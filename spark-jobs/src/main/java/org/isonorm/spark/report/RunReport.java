package org.isonorm.spark.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isonorm.spark.config.Secrets;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.LayerRow;
import org.isonorm.spark.run.Metrics;
import org.isonorm.spark.run.MetricsRow;
import org.isonorm.spark.run.RunFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The report of a training run: one HTML file that opens offline, in a light and a dark scheme,
 * without scripts. It is built from the files of the run's folder alone, at any time: what the run
 * did not get to says "not run".
 */
public final class RunReport {
  private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);

  /** More epochs are thinned in the table; metrics.csv has them all. */
  private static final int TABLE_ROWS = 200;

  private static final int FEW_CLASSES = 10;

  /** Of two-sided 95% confidence. */
  private static final double Z_95 = 1.959964;

  private final RunFiles run;

  private RunReport(RunFiles run) {
    this.run = run;
  }

  /**
   * Writes report.html and its figures, plots/*.png, into a run's folder, in place of earlier ones;
   * a reader sees the old or the new page, never a part of it.
   *
   * @return the file written
   * @throws IllegalArgumentException if the folder is not that of a run
   * @throws IOException if a file of the run cannot be read or is malformed (the message names file
   *     and line), or the page cannot be written
   */
  public static Path render(Path runFolder) throws IOException {
    Page.prepare();
    RunReport report = new RunReport(RunFiles.load(runFolder));
    List<Figure> figures = report.figures();
    String page = report.page(figures);
    Figure.write(figures, runFolder);
    Path file = Page.write(runFolder, page);
    LOG.info("Wrote {}", file);
    return file;
  }

  private List<Figure> figures() {
    Figures figures = new Figures(run.metrics(), hasManyClasses());
    List<Figure> all =
        new ArrayList<>(
            List.of(
                figures.loss(),
                figures.accuracy(),
                figures.accuracyOverTime(),
                figures.learningRate(),
                figures.throughput(),
                figures.time(),
                Figures.variance(run.layers())));
    run.tuning().ifPresent(tuning -> all.addAll(TuningFigures.of(tuning).figures()));
    all.addAll(new NormFigures(run.norms()).figures());
    return all;
  }

  /** With few classes the five best guesses say little. */
  private boolean hasManyClasses() {
    return run.evaluation()
        .map(evaluation -> evaluation.perClass().size() > FEW_CLASSES)
        .orElse(setting("data.dataset").equals("cifar100"));
  }

  private String page(List<Figure> figures) throws IOException {
    Map<String, Object> model = new HashMap<>();
    model.put("title", setting("network.name") + " on " + setting("data.dataset"));
    model.put("name", setting("run.name"));
    model.put("status", status());
    model.put("note", run.note());
    model.put("facts", facts());
    model.put("tiles", tiles());
    model.put("figures", Figure.views(figures));
    model.put("epochs", epochTable());
    model.put("layers", layerTable());
    run.tuning().ifPresent(tuning -> model.put("tuning", TuningFigures.of(tuning).table()));
    run.evaluation().ifPresent(evaluation -> new Results(evaluation).addTo(model));
    run.predictions().ifPresent(examples -> model.put("galleries", Galleries.of(examples)));
    model.put("config", Secrets.withhold(run.configText()));
    model.put("environment", environmentTable(run));
    return Page.fill("run.ftlh", model);
  }

  /** How far a run came, in words. */
  static String status(RunFiles run) {
    return new RunReport(run).status();
  }

  private String status() {
    Metrics metrics = run.metrics();
    Optional<MetricsRow> divergence = metrics.divergence();
    if (divergence.isPresent()) {
      return String.format(
          Locale.ROOT,
          "Diverged: the training loss is not finite at epoch %d, step %s",
          divergence.get().epoch(),
          Words.count(divergence.get().step()));
    }
    long planned = run.count("training.epochs");
    long done = epochsDone();
    if (planned > 0 && done >= planned) {
      return "Finished: " + Words.plural(done, "epoch");
    }
    long patience = run.count("training.patience");
    long best = metrics.bestEpoch().map(MetricsRow::epoch).orElse(0L);
    if (run.evaluation().isPresent() && patience > 0 && best > 0 && done - best >= patience) {
      return String.format(
          Locale.ROOT,
          "Stopped early: %s of %s epochs, since no validation accuracy was above that of epoch %d"
              + " for %s (training.patience = %d)",
          Words.count(done),
          Words.count(planned),
          best,
          Words.plural(done - best, "epoch"),
          patience);
    }
    return planned > 0
        ? String.format(
            Locale.ROOT, "Not finished: %s of %s epochs", Words.count(done), Words.count(planned))
        : "Trained for " + Words.plural(done, "epoch");
  }

  private long epochsDone() {
    List<MetricsRow> epochs = run.metrics().epochs();
    return epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).epoch();
  }

  private List<View.Fact> facts() {
    List<View.Fact> facts = new ArrayList<>();
    Collections.addAll(
        facts,
        new View.Fact("data set", setting("data.dataset")),
        new View.Fact("network", setting("network.name")),
        new View.Fact("initialization rule", setting("initialization.rule")),
        new View.Fact("init-gamma", setting("initialization.init-gamma")),
        new View.Fact("workers × batch", batch()),
        new View.Fact("averaging", averaging()),
        new View.Fact("epochs", setting("training.epochs")),
        new View.Fact("seed", setting("run.seed")),
        new View.Fact("wall time", Words.duration(run.metrics().wallClockSeconds())));
    addIfSet(facts, "optimizer", "optimizer.method");
    addIfSet(facts, "gradient's norm at most", "optimizer.clip-norm");
    addIfSet(facts, "adaptive clipping at", "optimizer.adaptive-clipping");
    addIfSet(facts, "evaluated: moving average, decay", "optimizer.ema-decay");
    addIfSet(facts, "lookahead every so many steps", "optimizer.lookahead.steps");
    addIfSet(facts, "frozen layers", "optimizer.frozen");
    addIfSet(facts, "optimizer's overrides", "optimizer.overrides");
    return facts;
  }

  /** Runs of before the key was there have none. */
  private void addIfSet(List<View.Fact> facts, String name, String key) {
    String value = setting(key);
    if (!List.of(Words.UNKNOWN, "0", "0.0", "[]", "sgd").contains(value)) {
      String words =
          value.replaceAll("\\},\\s*\\{", "; ").replaceAll("[\\[\\]{}]", "").replace("=", " ");
      facts.add(new View.Fact(name, words));
    }
  }

  private String batch() {
    long workers = run.count("averaging.workers");
    long global = run.count("training.global-batch-size");
    if (workers <= 0 || global <= 0) {
      return String.format(
          Locale.ROOT,
          "%s workers, global batch %s",
          setting("averaging.workers"),
          setting("training.global-batch-size"));
    }
    return global % workers == 0
        ? String.format(Locale.ROOT, "%d × %d = %d", workers, global / workers, global)
        : String.format(Locale.ROOT, "%d workers share %d", workers, global);
  }

  private String averaging() {
    long frequency = run.count("averaging.frequency");
    String every =
        frequency == 1
            ? "every step"
            : "every " + (frequency > 0 ? frequency : Words.UNKNOWN) + " steps";
    return every + ", engine " + setting("averaging.engine");
  }

  private List<View.Tile> tiles() {
    List<View.Tile> tiles = new ArrayList<>();
    Optional<Evaluation> evaluation = run.evaluation();
    String split = evaluation.map(Evaluation::split).filter(name -> !name.isEmpty()).orElse("test");
    tiles.add(
        new View.Tile(
            split + " top-1 accuracy",
            evaluation.map(result -> Words.percent(result.top1Accuracy())).orElse("not run"),
            evaluation.map(RunReport::top1Note).orElse("there is no evaluation.json"),
            true));
    evaluation
        .flatMap(Evaluation::augmented)
        .ifPresent(
            augmented ->
                tiles.add(
                    new View.Tile(
                        split + " top-1 accuracy with test-time augmentation",
                        Words.percent(augmented.top1Accuracy()),
                        augmented.method(),
                        false)));
    evaluation
        .filter(result -> Double.isFinite(result.top5Accuracy()) && hasManyClasses())
        .ifPresent(
            result ->
                tiles.add(
                    new View.Tile(
                        split + " top-5 accuracy",
                        Words.percent(result.top5Accuracy()),
                        "",
                        false)));
    tiles.add(bestValidation());
    tiles.add(lastValidation());
    double imagesPerSecond = run.metrics().medianImagesPerSecond();
    tiles.add(
        new View.Tile(
            "throughput (images/s)",
            Double.isFinite(imagesPerSecond) ? Words.number(imagesPerSecond, 3) : "not run",
            Double.isFinite(imagesPerSecond) ? "median, all workers together" : "",
            false));
    return tiles;
  }

  private static String top1Note(Evaluation evaluation) {
    List<String> parts = new ArrayList<>();
    long examples = evaluation.examples();
    if (examples > 0) {
      parts.add(Words.count(examples) + " examples");
      if (Double.isFinite(evaluation.top1Accuracy())) {
        parts.add(interval(evaluation.top1Accuracy(), examples));
      }
    }
    if (!evaluation.checkpoint().isEmpty()) {
      parts.add(evaluation.checkpoint() + " checkpoint");
    }
    return String.join(" · ", parts);
  }

  /** Wilson's (1927) score interval: what the accuracy could be, given so many examples. */
  static String interval(double accuracy, long examples) {
    double z2 = Z_95 * Z_95;
    double centre = (accuracy + z2 / (2 * examples)) / (1 + z2 / examples);
    double half =
        Z_95
            / (1 + z2 / examples)
            * Math.sqrt(accuracy * (1 - accuracy) / examples + z2 / (4.0 * examples * examples));
    return String.format(
        Locale.ROOT, "95%% interval %.1f to %.1f%%", 100 * (centre - half), 100 * (centre + half));
  }

  /** What evaluation.json says of the checkpoint's choice. */
  private Optional<Evaluation.Selection> selection() {
    return run.evaluation().map(Evaluation::validation);
  }

  private String setting(String key) {
    return run.setting(key).orElse(Words.UNKNOWN);
  }

  private View.Tile bestValidation() {
    Optional<MetricsRow> best = run.metrics().bestEpoch();
    Optional<Evaluation.Selection> chosen =
        selection().filter(selection -> Double.isFinite(selection.bestAccuracy()));
    double accuracy =
        chosen
            .map(Evaluation.Selection::bestAccuracy)
            .or(() -> best.map(MetricsRow::validation))
            .orElse(Double.NaN);
    long epoch =
        chosen
            .map(selection -> (long) selection.bestEpoch())
            .filter(number -> number > 0)
            .or(() -> best.map(MetricsRow::epoch))
            .orElse(0L);
    return validation("best validation accuracy", accuracy, epoch);
  }

  private View.Tile lastValidation() {
    Optional<MetricsRow> last = run.metrics().lastEvaluatedEpoch();
    double accuracy =
        selection()
            .map(Evaluation.Selection::lastAccuracy)
            .filter(Double::isFinite)
            .or(() -> last.map(MetricsRow::validation))
            .orElse(Double.NaN);
    return validation("last validation accuracy", accuracy, last.map(MetricsRow::epoch).orElse(0L));
  }

  private static View.Tile validation(String label, double accuracy, long epoch) {
    return Double.isFinite(accuracy)
        ? new View.Tile(
            label, Words.percent(accuracy), epoch > 0 ? "epoch " + Words.count(epoch) : "", false)
        : new View.Tile(label, "not run", "no epoch was validated", false);
  }

  private View.Table epochTable() {
    List<MetricsRow> epochs = run.metrics().epochs();
    int shown = Math.min(epochs.size(), TABLE_ROWS);
    List<List<String>> rows = new ArrayList<>();
    for (int i = 1; i <= shown; i++) {
      MetricsRow row = epochs.get((int) ((long) i * epochs.size() / shown) - 1);
      rows.add(
          List.of(
              Words.count(row.epoch()),
              Words.count(row.step()),
              Words.number(row.learningRate(), 4),
              Words.number(row.loss(), 4),
              Words.percent(row.trainAccuracy()),
              Words.number(row.validationLoss().orElse(Double.NaN), 4),
              Words.percent(row.validation()),
              Words.number(row.imagesPerSecond(), 3),
              Words.number(row.computeSeconds(), 3),
              Words.number(row.syncSeconds(), 3),
              Words.number(row.inputSeconds(), 3)));
    }
    String note =
        shown < epochs.size()
            ? String.format(
                Locale.ROOT,
                "%d of %s epochs; metrics.csv has them all.",
                shown,
                Words.count(epochs.size()))
            : "";
    return new View.Table(
        List.of(
            "epoch",
            "local steps",
            "learning rate",
            "training loss",
            "training accuracy",
            "validation loss",
            "validation accuracy",
            "images/s",
            "compute (s)",
            "sync (s)",
            "input (s)"),
        rows,
        note);
  }

  private View.Table layerTable() {
    List<List<String>> rows = new ArrayList<>();
    for (LayerRow layer : run.layers()) {
      rows.add(
          List.of(
              (rows.size() + 1) + " " + layer.layer(),
              layer.kind().toLowerCase(Locale.ROOT),
              layer.shape(),
              fan(layer.fanIn()),
              fan(layer.fanOut()),
              layer.rule(),
              Words.number(layer.targetVariance(), 4),
              Words.number(layer.realizedVariance(), 4),
              Words.percent(layer.realizedVariance() / layer.targetVariance()),
              Words.number(layer.realizedMean(), 2)));
    }
    return new View.Table(
        List.of(
            "layer",
            "kind",
            "shape",
            "fan-in",
            "fan-out",
            "rule",
            "target variance",
            "realized variance",
            "of target",
            "realized mean"),
        rows,
        "");
  }

  private static String fan(long fan) {
    return fan == 0 ? "" : Long.toString(fan);
  }

  /** environment.json as a table. */
  static View.Table environmentTable(RunFiles run) {
    List<List<String>> rows =
        run.environment().entrySet().stream()
            .map(
                entry ->
                    List.of(entry.getKey(), Secrets.withhold(entry.getKey(), entry.getValue())))
            .toList();
    return new View.Table(List.of("setting", "value"), rows, "");
  }
}
