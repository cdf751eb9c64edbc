package org.isonorm.network.parameters;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * What each element of a graph's flat parameter vector is, as runs of like elements. Gradient and
 * velocity vectors are laid out alike. Serializable: the driver averages by it what executors send.
 *
 * @param runs in order and without gaps; neighbours are of different groups
 */
public record ParameterGroups(List<Run> runs) implements Serializable {

  /** How a parameter is updated and averaged. */
  public enum Group {
    /** Weights of convolutions and the classifier: trained, decayed. */
    WEIGHTS,

    /** Biases, scale and shift of batch normalization: trained, not decayed. */
    UNDECAYED,

    /** Running means of batch normalization: follow the batches', not trained. */
    RUNNING_MEANS,

    /** Running variances of batch normalization: follow the batches', not trained. */
    RUNNING_VARIANCES
  }

  /**
   * Elements [from, to) of the flat vector.
   *
   * @param from first element
   * @param to one past the last
   */
  public record Run(Group group, long from, long to) implements Serializable {
    public long length() {
      return to - from;
    }
  }

  public ParameterGroups {
    runs = List.copyOf(runs);
    long next = 0;
    for (Run run : runs) {
      if (run.from() != next || run.to() <= next) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Invalid runs: [%d, %d) does not follow element %d",
                run.from(),
                run.to(),
                next));
      }
      next = run.to();
    }
  }

  /** The groups of a graph's parameters. */
  public static ParameterGroups of(ComputationGraph graph) {
    List<Run> parameters =
        ParameterLayout.of(graph).parameters().stream()
            .map(each -> new Run(each.kind().group(), each.from(), each.to()))
            .toList();
    ParameterGroups groups = new ParameterGroups(joined(parameters));
    if (groups.length() != graph.params().length()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot group the parameters of the graph: its layers hold %d, its flat vector %d",
              groups.length(),
              graph.params().length()));
    }
    return groups;
  }

  /** Elements of the flat vector. */
  public long length() {
    return runs.isEmpty() ? 0 : runs.get(runs.size() - 1).to();
  }

  /**
   * The runs of one group, in order. The i-th run of {@link Group#RUNNING_MEANS} and of {@link
   * Group#RUNNING_VARIANCES} are of the same layer and length.
   */
  public List<Run> runs(Group group) {
    return runs.stream().filter(run -> run.group() == group).toList();
  }

  /** Elements of one group. */
  public long count(Group group) {
    return runs(group).stream().mapToLong(Run::length).sum();
  }

  /** Elements that gradients train: all but the running statistics. */
  public long trainedParameters() {
    return count(Group.WEIGHTS) + count(Group.UNDECAYED);
  }

  private static List<Run> joined(List<Run> parameters) {
    List<Run> runs = new ArrayList<>();
    for (Run parameter : parameters) {
      int last = runs.size() - 1;
      if (last >= 0
          && runs.get(last).group() == parameter.group()
          && runs.get(last).to() == parameter.from()) {
        runs.set(last, new Run(parameter.group(), runs.get(last).from(), parameter.to()));
      } else {
        runs.add(parameter);
      }
    }
    return runs;
  }
}
