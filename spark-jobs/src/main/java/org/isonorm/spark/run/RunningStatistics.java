package org.isonorm.spark.run;

import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.isonorm.network.parameters.ParameterGroups;
import org.isonorm.network.parameters.ParameterGroups.Group;
import org.isonorm.network.parameters.ParameterGroups.Run;

/**
 * Where the running means and variances of batch normalization lie in the flat parameters.
 *
 * <p>Variances cannot be averaged like weights: the variance of all workers' examples together is
 * the mean of the workers' variances plus the variance between their means (law of total variance).
 *
 * @param segments one for each batch normalization, in the order of the flat vector
 */
public record RunningStatistics(List<Segment> segments) implements Serializable {
  /**
   * The running statistics of one layer.
   *
   * @param mean index of the first channel's mean
   * @param variance index of the first channel's variance
   * @param channels the number of channels
   */
  public record Segment(int mean, int variance, int channels) implements Serializable {}

  public RunningStatistics {
    segments = List.copyOf(segments);
  }

  /** The running statistics among a graph's parameters. */
  public static RunningStatistics of(ParameterGroups groups) {
    List<Run> means = groups.runs(Group.RUNNING_MEANS);
    List<Run> variances = groups.runs(Group.RUNNING_VARIANCES);
    return new RunningStatistics(
        IntStream.range(0, means.size())
            .mapToObj(
                i ->
                    new Segment(
                        Math.toIntExact(means.get(i).from()),
                        Math.toIntExact(variances.get(i).from()),
                        Math.toIntExact(means.get(i).length())))
            .toList());
  }

  /** The number of channels of all layers together. */
  public int channels() {
    return segments.stream().mapToInt(Segment::channels).sum();
  }
}
