package org.isonorm.spark.train;

import java.io.Serializable;
import java.util.List;
import org.isonorm.spark.averaging.TrainingDivergedException;
import org.isonorm.spark.run.MetricsLog;
import org.isonorm.spark.run.StartFiles;

/** What a task that trains a run hands back. Created on executors; serialized to the driver. */
sealed interface TaskResult extends Serializable {
  /** What goes into the run's folder, however the run ended. */
  Log log();

  /**
   * What was recorded on the way.
   *
   * @param start how the network came to start; empty if the run went on from a point, or failed
   *     before it started
   * @param rows of metrics.csv
   * @param norms rows of norms.csv
   */
  record Log(List<StartFiles> start, List<MetricsLog.Row> rows, List<String> norms)
      implements Serializable {}

  /**
   * It trained to its end.
   *
   * @param best the best point on the validation examples; the last where none was evaluated
   */
  record Finished(Log log, TrainingPoint last, TrainingPoint best) implements TaskResult {}

  /** It diverged. */
  record Diverged(Log log, TrainingDivergedException divergence) implements TaskResult {}

  /**
   * It failed.
   *
   * @param message why, in a sentence
   * @param trace the stack trace
   */
  record Failed(Log log, String message, String trace) implements TaskResult {}
}
