package org.isonorm.spark.grid;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.apache.spark.sql.SparkSession;
import org.isonorm.network.definition.Networks;
import org.isonorm.spark.config.GridConfig.KeepModels;
import org.isonorm.spark.config.GridConfig.Mode;
import org.isonorm.spark.config.GridConfig.Protocol;
import org.isonorm.spark.config.IsonormConfig;
import org.isonorm.spark.config.NetworkConfig;
import org.isonorm.spark.grid.GridSummary.Point;
import org.isonorm.spark.grid.GridSummary.Winner;
import org.isonorm.spark.grid.TrialResult.Status;
import org.isonorm.spark.grid.TrialRunner.TestResult;
import org.isonorm.spark.jobs.Plural;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.mlflow.TrackedFolder;
import org.isonorm.spark.report.GridReport;
import org.isonorm.spark.report.Report;
import org.isonorm.spark.run.RunFolder;
import org.isonorm.spark.run.Sample;
import org.isonorm.spark.train.MovedData;
import org.isonorm.spark.train.TrialTraining;

/**
 * The grid command: from a configuration to a grid's folder. Enumerate, check, train what is
 * missing, summarize, and let the winner alone see the test split. Lives on the driver.
 */
public final class GridJob {
  private static final String RUNNING = "running";
  private static final String COMPLETE = "complete";
  private static final String STOPPED = "stopped";

  private final IsonormConfig config;
  private final List<Trial> trials;
  private final GridFolder folder;
  private final TrialRunner runner;
  private final int slots;
  private final Consumer<String> output;
  private final Optional<GridTracking> tracking;
  private final Map<String, TrialResult> results = new ConcurrentHashMap<>();

  /** Which folder, and what to do with what is in it. */
  public sealed interface Start {
    /** The grid's folder. */
    Path folder();

    /** A new or empty folder. */
    record New(Path folder) implements Start {}

    /**
     * The folder of a grid that is to go on.
     *
     * @param retryFailed whether failed trials are trained again
     */
    record Resume(Path folder, boolean retryFailed) implements Start {}
  }

  /**
   * A job on trials whose configurations have been checked.
   *
   * @param slots trials at a time
   */
  GridJob(
      IsonormConfig config,
      List<Trial> trials,
      GridFolder folder,
      TrialRunner runner,
      int slots,
      Consumer<String> output,
      Optional<GridTracking> tracking) {
    this.config = config;
    this.trials = trials;
    this.folder = folder;
    this.runner = runner;
    this.slots = slots;
    this.output = output;
    this.tracking = tracking;
  }

  /** The configuration that a grid was started with. */
  public static IsonormConfig config(Path folder) {
    return GridFolder.config(folder);
  }

  /**
   * Runs a grid.
   *
   * @param output takes the progress lines
   * @return its outcome, as grid.json has it
   * @throws IllegalArgumentException in one sentence with the remedy, before anything is trained,
   *     if the configuration cannot work
   */
  public static GridSummary run(
      IsonormConfig config, Start start, SparkSession spark, Consumer<String> output)
      throws IOException {
    List<Trial> trials = SearchSpace.trials(config);
    int parallel = config.grid().parallelTrials();
    try (TrialTraining training =
        switch (config.grid().mode()) {
          case TRIAL_PER_TASK -> TrialTraining.inTasks(spark, parallel);
          case DATA_PARALLEL ->
              TrialTraining.dataParallel(
                  spark,
                  parallel,
                  trials.stream()
                      .mapToInt(trial -> trial.config().averaging().workers())
                      .max()
                      .orElseThrow());
        }) {
      for (Trial trial : trials) {
        training.prepare(trial.config());
      }
      Runnable check = () -> training.check(trials.stream().map(Trial::config).toList(), output);
      if (start instanceof Start.New) {
        // A grid that cannot run must leave no folder behind.
        GridFolder.checkEmpty(start.folder());
        check.run();
      }
      try (GridFolder folder = open(config, start, output)) {
        if (start instanceof Start.Resume) {
          check.run();
        } else {
          folder.write("environment.json", training.environment(config.run().seed()));
        }
        TrialRunner runner = new SparkTrialRunner(training, config.grid().mode(), folder);
        Optional<GridTracking> tracking =
            TrackedFolder.of(config, folder.path(), "isonorm grid", output).map(GridTracking::new);
        try {
          GridSummary summary =
              new GridJob(config, trials, folder, runner, training.parallelRuns(), output, tracking)
                  .run(start instanceof Start.Resume resume && resume.retryFailed());
          GridReport.render(folder.path());
          Report.withoutFigures().ifPresent(output);
          tracking.ifPresent(tracked -> tracked.finished(summary));
          return summary;
        } finally {
          tracking.ifPresent(GridTracking::close);
        }
      }
    }
  }

  private static GridFolder open(IsonormConfig config, Start start, Consumer<String> output)
      throws IOException {
    return start instanceof Start.New
        ? GridFolder.create(start.folder(), config, output)
        : GridFolder.resume(start.folder(), config, output);
  }

  /**
   * Checks what can be without a cluster, within a second.
   *
   * @throws IllegalArgumentException in one sentence with the remedy, if the grid cannot be
   * @throws IOException if its data set is not there
   */
  public static void check(IsonormConfig config, Start start) throws IOException {
    if (start instanceof Start.New) {
      GridFolder.checkEmpty(start.folder());
    } else {
      GridFolder.checkSame(start.folder(), config);
      if (GridFolder.isOnOneDataSet(config)) {
        MovedData.checkThere(config.data());
      }
    }
    TrialTraining.check(
        SearchSpace.trials(config).stream().map(Trial::config).toList(),
        config.grid().mode() == Mode.TRIAL_PER_TASK);
  }

  /** Trains what is missing. */
  GridSummary run(boolean retryFailed) throws IOException {
    load(retryFailed);
    List<Trial> missing =
        trials.stream().filter(trial -> !results.containsKey(trial.name())).toList();
    Map<NetworkConfig, Long> weights = new HashMap<>();
    ToDoubleFunction<Trial> length = trial -> length(trial, weights);
    boolean pruning = config.grid().pruning().enabled();
    StatusLine status =
        new StatusLine(
            output,
            new StatusLine.Work(
                length,
                slots,
                trials.size(),
                pruning ? lengthLeftWithPruning(length) : sum(missing, length),
                pruning,
                config.grid().protocols().contains(Protocol.PAPER),
                config.grid().targetAccuracy()),
            results,
            System::nanoTime);
    trials.stream()
        .filter(trial -> results.containsKey(trial.name()))
        .forEach(trial -> status.earlier(trial, results.get(trial.name())));
    status.line(
        String.format(
            Locale.ROOT,
            "%s, %d with a result, %d at a time (%s), in %s",
            Plural.of(trials.size(), "trial"),
            results.size(),
            slots,
            mode(),
            folder.path()));
    write(RUNNING, null);
    Budget budget =
        new Budget(config.grid().budgetTrials(), config.grid().budgetMinutes(), System::nanoTime);
    TrialQueue queue =
        config.grid().pruning().enabled()
            ? new SuccessiveHalving(trials, results.values(), config.grid().pruning(), budget)
            : new LongestFirst(missing, length, budget);
    new TrialPool(queue, runner, listener(status)).run(slots);
    status.tick();
    return finish(status);
  }

  private static double sum(List<Trial> trials, ToDoubleFunction<Trial> length) {
    return trials.stream().mapToDouble(length).sum();
  }

  /** Of the epochs that the rungs leave to the trials, those that were not trained yet. */
  private double lengthLeftWithPruning(ToDoubleFunction<Trial> length) {
    int epochs = trials.get(0).epochs();
    double share =
        SuccessiveHalving.expectedEpochs(
                trials.size() / config.grid().protocols().size(), epochs, config.grid().pruning())
            / epochs;
    double left = share * sum(trials, length);
    for (Trial trial : trials) {
      TrialResult result = results.get(trial.name());
      left -=
          result == null ? 0 : length.applyAsDouble(trial) * result.epochsDone() / trial.epochs();
    }
    return Math.max(0, left);
  }

  private void load(boolean retryFailed) throws IOException {
    for (Trial trial : trials) {
      Optional<TrialResult> result = folder.result(trial);
      if (result.isPresent() && retryFailed && result.get().status() == Status.FAILED) {
        folder.forget(trial);
      } else {
        result.ifPresent(found -> results.put(trial.name(), found));
      }
    }
  }

  private TrialPool.Listener listener(StatusLine status) {
    return new TrialPool.Listener() {
      @Override
      public void started(Trial trial) {
        status.started(trial);
      }

      @Override
      public void ended(Trial trial, TrialResult result, double seconds) throws IOException {
        folder.save(trial, result);
        results.put(trial.name(), result);
        if (result.status() == Status.DONE) {
          dropLastCheckpoint(trial);
        }
        synchronized (GridJob.this) {
          write(RUNNING, null);
        }
        status.ended(trial, result, seconds);
        tracking.ifPresent(tracked -> tracked.ended(trial, result));
      }

      @Override
      public void failed(Exception failure) {
        status.line(
            TrainingFailedException.cause(failure)
                + "; the grid ends when the trials that run have");
      }

      @Override
      public void tick() {
        status.tick();
      }
    };
  }

  private GridSummary finish(StatusLine status) throws IOException {
    boolean complete = results.size() == trials.size();
    Optional<Point> best = Points.winner(points(results.values()), seeds().size());
    Winner winner = null;
    if (complete && best.isPresent()) {
      status.line("testing the winner: " + best.get().describe());
      winner = test(best.get());
    }
    if (complete && config.grid().keepModels() == KeepModels.WINNER) {
      dropModels(best);
    }
    return write(complete ? COMPLETE : STOPPED, winner);
  }

  /**
   * The one look at the test split: every seed of the winner at its best epoch. Not before all
   * trials have a result, since a later one may win.
   */
  private Winner test(Point point) throws IOException {
    List<Trial> tested = Points.trials(trials, point);
    List<Double> accuracies = new ArrayList<>();
    List<Double> augmented = new ArrayList<>();
    long examples = 0;
    for (Trial trial : tested) {
      TestResult evaluation = runner.test(trial);
      accuracies.add(evaluation.accuracy());
      evaluation.augmented().ifPresent(augmented::add);
      examples = evaluation.examples();
    }
    double[] values = accuracies.stream().mapToDouble(Double::doubleValue).toArray();
    return new Winner(
        point,
        tested.stream().map(Trial::name).toList(),
        accuracies,
        augmented,
        Sample.mean(values),
        Sample.deviation(values),
        examples);
  }

  /** Only a trial that goes on needs it. */
  private void dropLastCheckpoint(Trial trial) throws IOException {
    if (config.grid().keepModels() == KeepModels.WINNER) {
      new RunFolder(folder.trial(trial)).dropLastCheckpoints();
    }
  }

  private void dropModels(Optional<Point> winner) throws IOException {
    List<Trial> kept = winner.map(point -> Points.trials(trials, point)).orElse(List.of());
    for (Trial trial : trials) {
      if (!kept.contains(trial) && results.get(trial.name()).status() != Status.PRUNED) {
        new RunFolder(folder.trial(trial)).dropLastCheckpoints();
        Files.deleteIfExists(new RunFolder(folder.trial(trial)).bestCheckpoint());
      }
    }
  }

  /** Writes the tables and grid.json. */
  private GridSummary write(String status, Winner winner) throws IOException {
    List<TrialResult> inOrder =
        trials.stream()
            .filter(trial -> results.containsKey(trial.name()))
            .map(trial -> results.get(trial.name()))
            .toList();
    new ResultTables(
            List.copyOf(trials.get(0).point().keySet()), inOrder, config.grid().targetAccuracy())
        .write(folder);
    GridSummary summary = summary(status, inOrder, winner);
    folder.write("grid.json", summary);
    return summary;
  }

  private GridSummary summary(String status, List<TrialResult> inOrder, Winner winner) {
    Map<String, List<String>> axes = new LinkedHashMap<>(config.grid().axes());
    axes.keySet().retainAll(trials.get(0).point().keySet());
    return new GridSummary(
        config.run().name(),
        status,
        mode(),
        config.network().name(),
        config.data().dataset().id(),
        config.training().epochs(),
        config.grid().pruning().enabled(),
        axes,
        seeds(),
        config.grid().protocols().stream().map(SearchSpace::label).toList(),
        config.grid().targetAccuracy(),
        trials.size(),
        count(inOrder, Status.DONE),
        count(inOrder, Status.DIVERGED),
        count(inOrder, Status.FAILED),
        count(inOrder, Status.PRUNED),
        trials.size() - inOrder.size(),
        points(inOrder),
        winner);
  }

  private List<Point> points(Collection<TrialResult> of) {
    return Points.of(of, config.grid().targetAccuracy());
  }

  private static int count(List<TrialResult> results, Status status) {
    return (int) results.stream().filter(result -> result.status() == status).count();
  }

  private List<Long> seeds() {
    return trials.stream().map(Trial::seed).distinct().toList();
  }

  private String mode() {
    return config.grid().mode() == Mode.TRIAL_PER_TASK ? "trial-per-task" : "data-parallel";
  }

  /** A rough measure that orders trials: epochs times weights. */
  private static double length(Trial trial, Map<NetworkConfig, Long> weights) {
    IsonormConfig config = trial.config();
    synchronized (weights) {
      return config.training().epochs()
          * (double)
              weights.computeIfAbsent(
                  config.network(),
                  network -> Networks.topology(config.networkDefinition()).weights());
    }
  }
}
