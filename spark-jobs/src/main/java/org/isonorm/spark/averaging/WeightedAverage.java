package org.isonorm.spark.averaging;

import java.io.Serial;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.Optional;
import org.isonorm.spark.jobs.InOrder;
import org.isonorm.spark.run.FloatBytes;
import org.isonorm.spark.run.ModelState;
import org.isonorm.spark.run.RunningStatistics;

/**
 * The average of the workers' parameters, velocities and second moments, each weighted by the
 * examples it trained on in the round; running variances gain the variance between the workers'
 * running means.
 *
 * <p>Float sums depend on their order, so whoever adds must do it in the workers' order; {@link
 * InOrder} sees to that. Created on executors (a group's part) and on the driver (the whole).
 */
final class WeightedAverage implements Serializable {
  /** Floats copied from bytes at a time: a piece stays in the nearest cache. */
  private static final int CHUNK = 4096;

  private final RunningStatistics statistics;
  private final long roundExamples;
  private final float[] parameters;
  private final float[] velocity;
  // Of no elements where the optimizer keeps none.
  private final float[] secondMoments;
  // Σ weight · mean and Σ weight · (variance + mean²) a channel; doubles, because the mean's square
  // is subtracted from the second in the end.
  private final double[] means;
  private final double[] squares;
  private long examples;
  private double lossSum;
  private long correct;
  private double computeSeconds;
  private double inputSeconds;
  private Divergence failure;

  /**
   * An empty sum.
   *
   * @param length the number of parameters
   * @param secondMoments whether the optimizer keeps them
   * @param statistics where the running statistics lie
   * @param roundExamples the examples of all workers in the round, the divisor of the weights
   */
  WeightedAverage(
      int length, boolean secondMoments, RunningStatistics statistics, long roundExamples) {
    this(
        statistics,
        roundExamples,
        new float[length],
        new float[length],
        new float[secondMoments ? length : 0],
        new double[statistics.channels()],
        new double[statistics.channels()]);
  }

  private WeightedAverage(
      RunningStatistics statistics,
      long roundExamples,
      float[] parameters,
      float[] velocity,
      float[] secondMoments,
      double[] means,
      double[] squares) {
    this.statistics = statistics;
    this.roundExamples = roundExamples;
    this.parameters = parameters;
    this.velocity = velocity;
    this.secondMoments = secondMoments;
    this.means = means;
    this.squares = squares;
  }

  /**
   * Adds a worker's update.
   *
   * @throws IllegalStateException if it has another number of parameters
   */
  void add(WorkerUpdate update) {
    if (update instanceof WorkerUpdate.Diverged diverged && failure == null) {
      failure = diverged.divergence();
    }
    if (update instanceof WorkerUpdate.Trained trained) {
      add(trained);
    }
  }

  private void add(WorkerUpdate.Trained update) {
    examples += update.examples();
    lossSum += update.lossSum();
    correct += update.correct();
    computeSeconds = Math.max(computeSeconds, update.computeSeconds());
    inputSeconds = Math.max(inputSeconds, update.inputSeconds());
    ModelState state = update.state().open();
    int returned = FloatBytes.length(state.parameters());
    if (returned != parameters.length) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot average parameters: worker %d returned %d values, expected %d",
              update.worker(),
              returned,
              parameters.length));
    }
    double weight = (double) update.examples() / roundExamples;
    addScaled((float) weight, FloatBytes.view(state.parameters()), parameters);
    addScaled((float) weight, FloatBytes.view(state.velocity()), velocity);
    if (secondMoments.length > 0) {
      addScaled((float) weight, FloatBytes.view(state.secondMoments()), secondMoments);
    }
    addStatistics(weight, FloatBytes.view(state.parameters()));
  }

  /** Adds another group's sum. */
  void add(WeightedAverage other) {
    if (other.failure != null && failure == null) {
      failure = other.failure;
    }
    examples += other.examples;
    lossSum += other.lossSum;
    correct += other.correct;
    computeSeconds = Math.max(computeSeconds, other.computeSeconds);
    inputSeconds = Math.max(inputSeconds, other.inputSeconds);
    add(other.parameters, parameters);
    add(other.velocity, velocity);
    add(other.secondMoments, secondMoments);
    for (int i = 0; i < means.length; i++) {
      means[i] += other.means[i];
      squares[i] += other.squares[i];
    }
  }

  /**
   * The average.
   *
   * @throws IllegalStateException if examples are missing or a running variance is not a
   *     non-negative number
   */
  ModelState state() {
    if (examples != roundExamples) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot average parameters: the workers trained on %d examples, expected %d",
              examples,
              roundExamples));
    }
    int channel = 0;
    for (RunningStatistics.Segment segment : statistics.segments()) {
      for (int c = 0; c < segment.channels(); c++, channel++) {
        double mean = means[channel];
        double variance = Math.max(0, squares[channel] - mean * mean);
        if (!Double.isFinite(variance)) {
          throw new IllegalStateException(
              String.format(
                  Locale.ROOT,
                  "Cannot average batch normalization: the running variance of channel %d is %s",
                  c,
                  variance));
        }
        parameters[segment.mean() + c] = (float) mean;
        parameters[segment.variance() + c] = (float) variance;
      }
    }
    return new ModelState(
        FloatBytes.of(parameters),
        FloatBytes.of(velocity),
        secondMoments.length == 0 ? null : FloatBytes.of(secondMoments),
        /* average= */ null);
  }

  /** The first divergence a worker reported. */
  Optional<Divergence> failure() {
    return Optional.ofNullable(failure);
  }

  long examples() {
    return examples;
  }

  double lossSum() {
    return lossSum;
  }

  long correct() {
    return correct;
  }

  /** The slowest worker's time in forward, backward and update. */
  double computeSeconds() {
    return computeSeconds;
  }

  /** The longest wait for batches of any worker. */
  double inputSeconds() {
    return inputSeconds;
  }

  private static void add(float[] values, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += values[i];
    }
  }

  private static void addScaled(float weight, FloatBuffer values, float[] sum) {
    float[] chunk = new float[CHUNK];
    for (int from = 0; from < sum.length; from += CHUNK) {
      int count = Math.min(CHUNK, sum.length - from);
      values.get(from, chunk, 0, count);
      for (int i = 0; i < count; i++) {
        sum[from + i] += weight * chunk[i];
      }
    }
  }

  private void addStatistics(double weight, FloatBuffer values) {
    int channel = 0;
    for (RunningStatistics.Segment segment : statistics.segments()) {
      for (int c = 0; c < segment.channels(); c++, channel++) {
        double mean = values.get(segment.mean() + c);
        double variance = values.get(segment.variance() + c);
        means[channel] += weight * mean;
        squares[channel] += weight * (variance + mean * mean);
      }
    }
  }

  @Serial
  private Object writeReplace() {
    return new Packed(
        statistics,
        roundExamples,
        FloatBytes.of(parameters),
        FloatBytes.of(velocity),
        FloatBytes.of(secondMoments),
        means,
        squares,
        examples,
        lossSum,
        correct,
        computeSeconds,
        inputSeconds,
        failure);
  }

  /** The form that crosses the wire: bulk bytes instead of float arrays. */
  private record Packed(
      RunningStatistics statistics,
      long roundExamples,
      byte[] parameters,
      byte[] velocity,
      byte[] secondMoments,
      double[] means,
      double[] squares,
      long examples,
      double lossSum,
      long correct,
      double computeSeconds,
      double inputSeconds,
      Divergence failure)
      implements Serializable {
    @Serial
    private Object readResolve() {
      WeightedAverage sum =
          new WeightedAverage(
              statistics,
              roundExamples,
              floats(parameters),
              floats(velocity),
              floats(secondMoments),
              means,
              squares);
      sum.examples = examples;
      sum.lossSum = lossSum;
      sum.correct = correct;
      sum.computeSeconds = computeSeconds;
      sum.inputSeconds = inputSeconds;
      sum.failure = failure;
      return sum;
    }

    private static float[] floats(byte[] bytes) {
      float[] values = new float[FloatBytes.length(bytes)];
      FloatBytes.view(bytes).get(values);
      return values;
    }
  }
}
