package org.isonorm.spark.report;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.isonorm.spark.run.Evaluation;
import org.isonorm.spark.run.Metrics;
import org.isonorm.spark.run.MetricsRow;
import org.isonorm.spark.run.RunFiles;

/**
 * A run among others.
 *
 * @param name its folder, as seen from the folder of all of them
 * @param files what its folder says
 * @param testAccuracy a share in 0..1, NaN if it was not tested
 */
record ComparedRun(String name, RunFiles files, double testAccuracy) {
  private static final Set<String> OTHER_GROUPS = Set.of("run", "grid", "spark");

  /** They say how often files are written. */
  private static final Set<String> OF_FILES =
      Set.of(
          "training.checkpoint-every-rounds",
          "training.checkpoint-every-minutes",
          "training.norms-every-rounds");

  /** A run that is no part of a grid. */
  static ComparedRun of(String name, RunFiles files) {
    double tested =
        files
            .evaluation()
            .filter(evaluation -> evaluation.split().equals("test"))
            .map(Evaluation::top1Accuracy)
            .orElse(Double.NaN);
    return new ComparedRun(name, files, tested);
  }

  /**
   * The settings by dotted key that can make a difference to what is learned or how fast: not the
   * run's own name, seed and folder, nor the grid's and Spark's settings.
   */
  Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    Config config = files.config();
    for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
      String group = entry.getKey().split("\\.", 2)[0];
      if (!OTHER_GROUPS.contains(group) && !OF_FILES.contains(entry.getKey())) {
        settings.put(entry.getKey(), String.valueOf(entry.getValue().unwrapped()));
      }
    }
    return settings;
  }

  String seed() {
    return files.setting("run.seed").orElse(Words.UNKNOWN);
  }

  private Metrics metrics() {
    return files.metrics();
  }

  long epochsDone() {
    return metrics().epochs().isEmpty()
        ? 0
        : metrics().epochs().get(metrics().epochs().size() - 1).epoch();
  }

  String status() {
    return RunReport.status(files);
  }

  double bestValidation() {
    return metrics().bestEpoch().map(MetricsRow::validation).orElse(Double.NaN);
  }

  double lastValidation() {
    return metrics().lastEvaluatedEpoch().map(MetricsRow::validation).orElse(Double.NaN);
  }

  double imagesPerSecond() {
    return metrics().medianImagesPerSecond();
  }

  double seconds() {
    return metrics().wallClockSeconds();
  }

  /**
   * Seconds of training to a validation accuracy; NaN if it was not reached or nobody knows.
   *
   * @param percent one of {@link Metrics#reached}
   */
  double secondsTo(int percent) {
    return metrics().reached().stream()
        .filter(reached -> reached.percent() == percent)
        .mapToDouble(Metrics.Reached::seconds)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** The highest validation accuracy that it is known how long it took; 0 for none. */
  int timedPercent() {
    return metrics().reached().stream()
        .filter(reached -> Double.isFinite(reached.seconds()))
        .mapToInt(Metrics.Reached::percent)
        .max()
        .orElse(0);
  }

  /** For the paper's tables. */
  Optional<TestResult> testResult() {
    return Double.isFinite(testAccuracy)
        ? Optional.of(new TestResult(files.config(), testAccuracy))
        : Optional.empty();
  }
}
