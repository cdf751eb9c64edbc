package org.isonorm.spark.grid;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.isonorm.spark.run.EpochMetrics;

/**
 * What a trial came to: the contents of its result.json.
 *
 * @param trial the trial's name
 * @param point the values of the axes, as {@link Trial#point()}
 * @param epochs epochs of the whole trial
 * @param history the finished epochs
 * @param divergedEpoch where it diverged, from 1; absent otherwise
 * @param divergedStep step of that epoch, from 1; absent otherwise
 * @param cause why it diverged or failed; absent otherwise
 * @param seconds it took, its parts added up
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record TrialResult(
    String trial,
    int number,
    Status status,
    String protocol,
    Map<String, String> point,
    long seed,
    int epochs,
    List<EpochMetrics> history,
    Integer divergedEpoch,
    Long divergedStep,
    String cause,
    double seconds) {
  /** How a trial ended. */
  enum Status {
    /** It trained all epochs, or stopped early. */
    DONE,
    /** Its loss was not a number or too large: a result. */
    DIVERGED,
    /** It could not be trained. */
    FAILED,
    /** Pruning stopped it, and may let it go on. */
    PRUNED
  }

  TrialResult {
    point = new TreeMap<>(point);
    history = List.copyOf(history);
  }

  /**
   * A trial that trained up to the last epoch of its history; by {@code training.patience} that may
   * be its end.
   */
  static TrialResult trained(Trial trial, List<EpochMetrics> history, double seconds) {
    TrialResult result = of(trial, Status.DONE, history, null, null, null, seconds);
    int done = result.epochsDone();
    int best = result.best().map(EpochMetrics::epoch).orElse(0);
    return done >= trial.epochs() || trial.config().training().stopsEarly(done, best)
        ? result
        : of(trial, Status.PRUNED, history, null, null, null, seconds);
  }

  /** A trial that diverged. */
  static TrialResult diverged(
      Trial trial, List<EpochMetrics> history, int epoch, long step, String cause, double seconds) {
    return of(trial, Status.DIVERGED, history, epoch, step, cause, seconds);
  }

  /** A trial that failed. */
  static TrialResult failed(Trial trial, List<EpochMetrics> history, String cause, double seconds) {
    return of(trial, Status.FAILED, history, null, null, cause, seconds);
  }

  private static TrialResult of(
      Trial trial,
      Status status,
      List<EpochMetrics> history,
      Integer divergedEpoch,
      Long divergedStep,
      String cause,
      double seconds) {
    return new TrialResult(
        trial.name(),
        trial.number(),
        status,
        SearchSpace.label(trial.protocol()),
        trial.point(),
        trial.seed(),
        trial.epochs(),
        history,
        divergedEpoch,
        divergedStep,
        cause,
        seconds);
  }

  /** The evaluated epoch with the highest validation accuracy, the first of several. */
  Optional<EpochMetrics> best() {
    return evaluated()
        .max(
            Comparator.comparingDouble(EpochMetrics::validationAccuracy)
                .thenComparing(EpochMetrics::epoch, Comparator.reverseOrder()));
  }

  /** The last evaluated epoch. */
  Optional<EpochMetrics> last() {
    return evaluated().max(Comparator.comparingInt(EpochMetrics::epoch));
  }

  /** The validation accuracy after an epoch, NaN where it was not evaluated. */
  double accuracyAfter(int epoch) {
    return history.stream()
        .filter(row -> row.epoch() == epoch)
        .mapToDouble(EpochMetrics::validationAccuracy)
        .findFirst()
        .orElse(Double.NaN);
  }

  /**
   * Seconds of training until the end of the first epoch whose validation accuracy was no less; NaN
   * for none.
   */
  double secondsTo(double accuracy) {
    return history.stream()
        .filter(epoch -> epoch.validationAccuracy() >= accuracy)
        .mapToDouble(EpochMetrics::trainingSeconds)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** Epochs trained. */
  @JsonIgnore
  int epochsDone() {
    return history.isEmpty() ? 0 : history.get(history.size() - 1).epoch();
  }

  private Stream<EpochMetrics> evaluated() {
    return history.stream().filter(epoch -> Double.isFinite(epoch.validationAccuracy()));
  }
}
