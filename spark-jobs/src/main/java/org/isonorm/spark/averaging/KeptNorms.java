package org.isonorm.spark.averaging;

import java.nio.FloatBuffer;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.isonorm.network.step.FixedNorms;
import org.isonorm.spark.run.FloatBytes;

/**
 * Filters that keep their length. Each worker's do, but the average of filters that point in
 * different directions is shorter than they are, and so it is scaled to the length before. Lives on
 * the driver.
 */
record KeptNorms(List<Parameter> filters) {
  static KeptNorms of(FrozenLayers frozen, ComputationGraph graph) {
    return new KeptNorms(FixedNorms.filters(graph, frozen));
  }

  /**
   * Scales them; what is 0 stays 0.
   *
   * @param before all parameters, as bulk bytes
   * @param after likewise
   */
  void restore(byte[] before, byte[] after) {
    FloatBuffer old = FloatBytes.view(before);
    FloatBuffer now = FloatBytes.view(after);
    for (Parameter each : filters) {
      int length = Math.toIntExact((each.to() - each.from()) / each.units());
      for (int unit = 0; unit < each.units(); unit++) {
        int from = Math.toIntExact(each.from()) + unit * length;
        double norm = norm(now, from, length);
        if (norm > 0) {
          float factor = (float) (norm(old, from, length) / norm);
          for (int i = from; i < from + length; i++) {
            now.put(i, now.get(i) * factor);
          }
        }
      }
    }
  }

  private static double norm(FloatBuffer values, int from, int length) {
    double squares = 0;
    for (int i = from; i < from + length; i++) {
      squares += (double) values.get(i) * values.get(i);
    }
    return Math.sqrt(squares);
  }
}
