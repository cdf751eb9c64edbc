package org.isonorm.spark.train;

import java.util.List;
import java.util.Map;
import org.isonorm.spark.mlflow.MlflowTracker.Status;
import org.isonorm.spark.mlflow.TrackedFolder;
import org.isonorm.spark.run.EpochTotals;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.NewFolder;

/** Tells MLflow of every round and epoch, under the same names as TensorBoard's event file. */
record MlflowListener(TrackedFolder tracked) implements TrainingListener {
  /** What a run leaves that people look for beside its numbers. */
  private static final List<String> ARTIFACTS =
      List.of(
          NewFolder.CONFIG,
          "environment.json",
          "initialization.csv",
          "metrics.csv",
          "evaluation.json",
          "report.html",
          "model.zip");

  @Override
  public void afterRound(TrainingPoint now, EpochTotals totals, MetricsLog.Row row) {
    tracked.metrics(row.step(), row.scalars());
  }

  @Override
  public void afterEpoch(TrainingPoint now, EpochTotals totals, MetricsLog.Row row, boolean best) {
    tracked.metrics(row.step(), row.scalars());
  }

  @Override
  public void stopped(TrainingPoint now) {
    // It was asked to, and may go on.
    tracked.end(Status.KILLED, List.of());
  }

  /**
   * The end of the run, whose folder is complete.
   *
   * @param evaluated the chosen model on the split that was kept for it
   */
  void finished(long step, Evaluation evaluated) {
    tracked.metrics(
        step,
        Map.of(
            evaluated.split() + "/loss",
            evaluated.loss(),
            evaluated.split() + "/accuracy",
            evaluated.top1Accuracy(),
            evaluated.split() + "/top-5 accuracy",
            evaluated.top5Accuracy()));
    evaluated
        .augmented()
        .ifPresent(
            augmented ->
                tracked.metrics(
                    step,
                    Map.of(
                        evaluated.split() + "/accuracy with " + augmented.method(),
                        augmented.top1Accuracy())));
    tracked.end(Status.FINISHED, ARTIFACTS);
  }
}
