package org.isonorm.spark.averaging;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;

/**
 * The parameters of frozen layers. No worker changes them, but the average of what is the same
 * everywhere may be off by a rounding, and so they are taken from the state before. Lives on the
 * driver.
 */
record FrozenParameters(List<Parameter> parameters) {
  static FrozenParameters of(FrozenLayers frozen, ComputationGraph graph) {
    return new FrozenParameters(frozen.of(ParameterLayout.of(graph)));
  }

  /**
   * Copies them.
   *
   * @param before all parameters, as bulk bytes
   * @param after likewise
   */
  void restore(byte[] before, byte[] after) {
    for (Parameter each : parameters) {
      int from = Math.toIntExact(each.from() * Float.BYTES);
      int to = Math.toIntExact(each.to() * Float.BYTES);
      System.arraycopy(before, from, after, from, to - from);
    }
  }
}
