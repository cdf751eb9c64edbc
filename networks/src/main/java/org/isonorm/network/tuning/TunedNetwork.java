package org.isonorm.network.tuning;

import java.io.Serializable;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import org.isonorm.init.TuningMethod;

/**
 * What a tuned method made of a network's start.
 *
 * @param tensors all that are trained, in forward order
 * @param values what the method looked at: LSUV the standard deviation of every layer's output that
 *     came out, MetaInit the gradient quotient and GradInit the gradient's norm before every step
 */
public record TunedNetwork(TuningMethod method, List<Tensor> tensors, List<Double> values)
    implements Serializable {

  /**
   * A tensor.
   *
   * @param layer name of its layer
   * @param name such as conv1.weight
   * @param startNorm Euclidean norm before
   * @param scale what it was multiplied by; 1 where the method leaves it alone
   * @param finalNorm Euclidean norm after
   */
  public record Tensor(String layer, String name, double startNorm, double scale, double finalNorm)
      implements Serializable {}

  public TunedNetwork {
    tensors = List.copyOf(tensors);
    values = List.copyOf(values);
  }

  /** What the values are. */
  public static String valueName(TuningMethod method) {
    return switch (method) {
      case LSUV -> "standard deviation";
      case METAINIT, METAINIT_TABLE_1 -> "gradient quotient";
      case GRADINIT -> "gradient norm";
    };
  }

  /** A sentence for a log. */
  public String sentence() {
    DoubleSummaryStatistics scales =
        tensors.stream().mapToDouble(Tensor::scale).filter(s -> s != 1).summaryStatistics();
    String moved =
        scales.getCount() == 0
            ? "no tensor scaled"
            : String.format(
                Locale.ROOT,
                "%d tensors scaled by %.3g to %.3g",
                scales.getCount(),
                scales.getMin(),
                scales.getMax());
    DoubleSummaryStatistics all =
        values.stream().mapToDouble(Double::doubleValue).summaryStatistics();
    String seen =
        method == TuningMethod.LSUV
            ? String.format(Locale.ROOT, "%.3g to %.3g", all.getMin(), all.getMax())
            : String.format(
                Locale.ROOT,
                "%.3g at first, %.3g at last",
                values.get(0),
                values.get(values.size() - 1));
    return String.format(
        Locale.ROOT, "%s: %s, %s %s", method.label(), moved, valueName(method), seen);
  }
}
