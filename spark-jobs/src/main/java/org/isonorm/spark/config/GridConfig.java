package org.isonorm.spark.config;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Group {@code grid}.
 *
 * @param mode how a trial trains
 * @param axes the values tried of each key, sorted by key; ranges are lists by now
 * @param seedsPerPoint trials of each point, at run.seed and the seeds after it
 * @param protocols how the rest of the optimizer follows the learning rate
 * @param targetAccuracy validation accuracy, 0 to 1, that the winner reaches in the least seconds
 *     of training; 0 where the winner is the point of the highest
 * @param parallelTrials trials at a time, 0 for as many as the cluster has room for
 * @param keepModels whose checkpoints stay
 * @param budgetTrials trials that one call trains at most, 0 for all
 * @param budgetMinutes minutes after which no trial starts, 0 for none
 * @param pruning successive halving
 */
public record GridConfig(
    Mode mode,
    Map<String, List<String>> axes,
    int seedsPerPoint,
    List<Protocol> protocols,
    double targetAccuracy,
    int parallelTrials,
    KeepModels keepModels,
    int budgetTrials,
    double budgetMinutes,
    PruningConfig pruning) {
  /** The axis of seeds. */
  public static final String SEED = "run.seed";

  /** How a trial trains. */
  public enum Mode {
    /** Whole, in one Spark task on one executor. */
    TRIAL_PER_TASK,
    /** By parameter averaging over several workers. */
    DATA_PARALLEL
  }

  /** How the rest of the optimizer follows the learning rate. */
  public enum Protocol {
    /** Not at all: the learning rate is everything's (Zhang et al. 2022). */
    PAPER,
    /**
     * The classifier's and batch normalization's rate stays that of the configuration, and weight
     * decay times learning rate too, so that the learning rate acts on convolutions alone.
     */
    CONTROL
  }

  /** Whose checkpoints stay when the grid ends. */
  public enum KeepModels {
    /** The winner's. */
    WINNER,
    /** All trials'. */
    ALL
  }

  public GridConfig {
    Map<String, List<String>> sorted = new TreeMap<>();
    axes.forEach((key, values) -> sorted.put(key, List.copyOf(values)));
    axes = Collections.unmodifiableMap(sorted);
    axes.forEach(GridConfig::checkAxis);
    Checks.atLeast("grid.seeds-per-point", seedsPerPoint, 1);
    Checks.check(
        seedsPerPoint == 1 || !axes.containsKey(SEED),
        "grid.seeds-per-point",
        seedsPerPoint,
        "must be 1 where run.seed is an axis");
    protocols = List.copyOf(protocols);
    Checks.check(
        !protocols.isEmpty() && new HashSet<>(protocols).size() == protocols.size(),
        "grid.protocols",
        protocols.stream().map(RecordReader::label).toList(),
        "must be some of paper, control, each once");
    Checks.check(
        targetAccuracy >= 0 && targetAccuracy <= 1,
        "grid.target-accuracy",
        Checks.plain(targetAccuracy),
        "must be in [0, 1], as 0.94");
    Checks.check(
        targetAccuracy == 0 || !pruning.enabled(),
        "grid.target-accuracy",
        Checks.plain(targetAccuracy),
        "must be 0 with grid.pruning.enabled, which stops trials by their accuracies at the same"
            + " epoch, whatever the time it took");
    Checks.atLeast("grid.parallel-trials", parallelTrials, 0);
    Checks.atLeast("grid.budget-trials", budgetTrials, 0);
    Checks.notNegative("grid.budget-minutes", budgetMinutes);
  }

  private static void checkAxis(String key, List<String> values) {
    String axis = "grid.axes";
    List<String> keys = RecordReader.keys(IsonormConfig.class);
    Checks.check(
        keys.contains(key), axis, key, "did you mean " + RecordReader.nearest(key, keys) + "?");
    Checks.check(
        !key.startsWith("grid.")
            && !key.startsWith("spark.")
            && !key.equals("run.name")
            && !key.equals("run.output")
            && !key.startsWith("run.mlflow."),
        axis,
        key,
        "trials cannot differ in it");
    Checks.check(!values.isEmpty(), axis, key + " = []", "must have at least one value");
    Checks.check(
        new HashSet<>(values).size() == values.size(), axis, key + " = " + values, "values repeat");
  }
}
