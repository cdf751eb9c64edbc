package org.isonorm.spark.grid;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.isonorm.spark.mlflow.MlflowTracker.Run;
import org.isonorm.spark.mlflow.MlflowTracker.Status;
import org.isonorm.spark.mlflow.TrackedFolder;
import org.isonorm.spark.run.EpochMetrics;
import org.isonorm.spark.run.GridColumns;
import org.isonorm.spark.run.NewFolder;

/**
 * Tells MLflow of a grid: a run, and in it a run a trial, when the trial has ended. Lives on the
 * driver; trials may end on several threads.
 */
final class GridTracking {
  /** What a grid leaves that people look for. */
  private static final List<String> ARTIFACTS =
      List.of(
          NewFolder.CONFIG,
          "environment.json",
          "grid.json",
          GridColumns.RESULTS_FILE,
          "report.html");

  private static final String BEST = "best validation accuracy";

  private final TrackedFolder tracked;
  private final Map<String, Told> told = new HashMap<>();

  /** A trial as it is told: pruning may let it go on. */
  private static final class Told {
    private final Run run;
    private int epochs;

    Told(Run run) {
      this.run = run;
    }
  }

  /** Begins the grid's run. */
  GridTracking(TrackedFolder tracked) {
    this.tracked = tracked;
    tracked.begin();
  }

  /** A trial has ended, or was stopped by pruning. */
  synchronized void ended(Trial trial, TrialResult result) {
    Told trialTold =
        told.computeIfAbsent(
            trial.name(), name -> new Told(tracked.part(name, parameters(trial, result))));
    for (EpochMetrics epoch : result.history()) {
      if (epoch.epoch() > trialTold.epochs) {
        trialTold.run.metrics(epoch.step(), epoch.scalars());
        trialTold.epochs = epoch.epoch();
      }
    }
    result
        .best()
        .ifPresent(
            best -> trialTold.run.metrics(best.step(), Map.of(BEST, best.validationAccuracy())));
    trialTold.run.end(
        switch (result.status()) {
          case DONE -> Status.FINISHED;
          case DIVERGED, FAILED -> Status.FAILED;
          case PRUNED -> Status.KILLED;
        });
  }

  private static Map<String, String> parameters(Trial trial, TrialResult result) {
    Map<String, String> parameters = new LinkedHashMap<>(trial.point());
    parameters.put("run.seed", Long.toString(trial.seed()));
    parameters.put("protocol", result.protocol());
    return parameters;
  }

  /** The grid's folder is as complete as it will be; a grid that ran out of time may go on. */
  void finished(GridSummary summary) {
    if (summary.winner() != null) {
      tracked.metrics(
          0,
          Map.of(
              BEST,
              summary.winner().point().validationAccuracy(),
              "test/accuracy",
              summary.winner().testAccuracy()));
    }
    tracked.end(summary.missing() == 0 ? Status.FINISHED : Status.KILLED, ARTIFACTS);
  }

  void close() {
    tracked.close();
  }
}
