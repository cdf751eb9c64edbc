package org.isonorm.spark.grid;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.config.GridConfig.Mode;
import org.isonorm.spark.jobs.StopRequest;
import org.isonorm.spark.jobs.StoppedException;
import org.isonorm.spark.jobs.TrainingFailedException;
import org.isonorm.spark.run.EpochMetrics;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.storage.ShellLine;
import org.isonorm.spark.train.TrialTraining;

/** Trains trials on the cluster. Lives on the driver. */
final class SparkTrialRunner implements TrialRunner {
  private final TrialTraining training;
  private final Mode mode;
  private final GridFolder folder;

  SparkTrialRunner(TrialTraining training, Mode mode, GridFolder folder) {
    this.training = training;
    this.mode = mode;
    this.folder = folder;
  }

  @Override
  public TrialResult run(Trial trial, int epochs) throws IOException {
    Path run = folder.trial(trial);
    double before = secondsSoFar(trial);
    long start = System.nanoTime();
    try {
      switch (mode) {
        case TRIAL_PER_TASK -> training.inOneTask(trial.config(), run, epochs);
        case DATA_PARALLEL -> training.dataParallel(trial.config(), run, epochs, line -> {});
      }
      return TrialResult.trained(trial, EpochMetrics.of(run), before + seconds(start));
    } catch (TrainingDivergedException e) {
      return TrialResult.diverged(
          trial,
          EpochMetrics.of(run),
          e.epoch(),
          e.step(),
          e.getMessage(),
          before + seconds(start));
    } catch (Exception e) {
      if (StopRequest.isMade()) {
        throw new StoppedException(e);
      }
      if (training.hasStopped()) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "Cannot go on with the grid: Spark has stopped (%s; go on with %s)",
                TrainingFailedException.cause(e),
                ShellLine.of("--resume", folder.path())),
            e);
      }
      folder.saveTrace(trial, TrainingFailedException.trace(e));
      return TrialResult.failed(
          trial, EpochMetrics.of(run), TrainingFailedException.cause(e), before + seconds(start));
    }
  }

  @Override
  public TestResult test(Trial trial) throws IOException {
    Evaluation evaluation = training.test(trial.config(), folder.trial(trial));
    return new TestResult(
        evaluation.top1Accuracy(), evaluation.augmentedTop1Accuracy(), evaluation.examples());
  }

  /** Of its earlier parts, where pruning cut it into some. */
  private double secondsSoFar(Trial trial) throws IOException {
    return folder.result(trial).map(TrialResult::seconds).orElse(0.);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
