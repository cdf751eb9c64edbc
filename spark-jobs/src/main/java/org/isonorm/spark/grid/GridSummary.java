package org.isonorm.spark.grid;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.List;
import java.util.Map;

/**
 * A grid's state and outcome: the contents of grid.json, where NaN is null.
 *
 * @param name the grid's name
 * @param status running, complete, or stopped (its budget was used up; --resume goes on)
 * @param axes the values tried of each key
 * @param seeds the seeds of every point
 * @param targetAccuracy what the winner reaches in the least time; 0 where the highest accuracy
 *     wins
 * @param trials trials in all
 * @param missing trials without a result
 * @param points every point that has a result
 * @param winner the best point on validation, or the soonest at the target, of the paper's protocol
 *     if that was tried; absent until every trial has a result
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GridSummary(
    String name,
    String status,
    String mode,
    String network,
    String dataset,
    int epochs,
    boolean pruning,
    Map<String, List<String>> axes,
    List<Long> seeds,
    List<String> protocols,
    double targetAccuracy,
    int trials,
    int done,
    int diverged,
    int failed,
    int pruned,
    int missing,
    List<Point> points,
    Winner winner) {
  /**
   * A point.
   *
   * @param validationAccuracy mean over its finished trials of the best epoch's, 0 to 1; NaN for
   *     none
   * @param deviation standard deviation of the sample; NaN for fewer than two
   * @param lastValidationAccuracy the same of the last epoch
   * @param timeToTarget absent where the grid has no target
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Point(
      String protocol,
      Map<String, String> values,
      int done,
      int diverged,
      int failed,
      int pruned,
      @JsonSerialize(using = FiniteOrNull.class) double validationAccuracy,
      @JsonSerialize(using = FiniteOrNull.class) double deviation,
      @JsonSerialize(using = FiniteOrNull.class) double lastValidationAccuracy,
      @JsonSerialize(using = FiniteOrNull.class) double lastDeviation,
      TimeToTarget timeToTarget) {
    /** The values for people: {@code init-gamma 0.4, learning-rate 0.1}. */
    public String describe() {
      return Trial.describe(protocol, values);
    }
  }

  /**
   * How soon a point's finished trials reach the grid's target.
   *
   * @param reached trials that do
   * @param seconds mean over them of the seconds of training until then; NaN for none
   * @param deviation standard deviation of the sample; NaN for fewer than two
   */
  public record TimeToTarget(
      int reached,
      @JsonSerialize(using = FiniteOrNull.class) double seconds,
      @JsonSerialize(using = FiniteOrNull.class) double deviation) {}

  /**
   * The best point, and the grid's only look at the test split.
   *
   * @param point the point, by its values and the mean of its validation accuracy
   * @param trials its trials
   * @param testAccuracies of each of them, at its best epoch
   * @param augmentedTestAccuracies the same by test-time augmentation; absent without it
   * @param testAccuracy their mean
   * @param testDeviation standard deviation of the sample; NaN for one
   * @param testExamples examples of the test split
   */
  public record Winner(
      Point point,
      List<String> trials,
      List<Double> testAccuracies,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Double> augmentedTestAccuracies,
      double testAccuracy,
      @JsonSerialize(using = FiniteOrNull.class) double testDeviation,
      long testExamples) {}
}
