package org.isonorm.spark.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A run of the benchmark of time to accuracy. Accuracies are shares in 0..1.
 *
 * @param engine who trained
 * @param accuracy on the test images after the last epoch
 * @param augmentedAccuracy the same with test-time augmentation; absent without
 * @param validations accuracies on images held out, in the order of time; none where none are
 * @param trainingSeconds of all epochs, without start and evaluations
 * @param seconds of the whole run
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AccuracyRun(
    String engine,
    long seed,
    double accuracy,
    Double augmentedAccuracy,
    List<Validation> validations,
    double trainingSeconds,
    double seconds) {
  /**
   * An evaluation on images held out.
   *
   * @param epoch after which, from 1
   * @param trainingSeconds until then
   */
  public record Validation(int epoch, double accuracy, double trainingSeconds) {}

  public AccuracyRun {
    validations = List.copyOf(validations);
  }

  /**
   * Seconds of training until an accuracy was seen: until the end of the first epoch after which
   * the images held out had it or, where none are held out, of all of training if the test images
   * then had it, with test-time augmentation if there was one.
   */
  OptionalDouble secondsTo(double target) {
    if (validations.isEmpty()) {
      double last = augmentedAccuracy == null ? accuracy : augmentedAccuracy;
      return last >= target ? OptionalDouble.of(trainingSeconds) : OptionalDouble.empty();
    }
    return validations.stream()
        .filter(validation -> validation.accuracy() >= target)
        .mapToDouble(Validation::trainingSeconds)
        .findFirst();
  }
}
