package org.isonorm.network.step;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.definition.FollowingNormalization;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.parameters.FrozenLayers;
import org.isonorm.network.parameters.ParameterKind;
import org.isonorm.network.parameters.ParameterLayout;
import org.isonorm.network.parameters.ParameterLayout.Parameter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Brings every filter whose length does not matter, since batch normalization follows it, back to
 * the length it had before a step: its effective learning rate η/‖w‖² then stays what its start
 * made it (Kosson et al. 2023, arXiv 2305.17212, keep the norms of filters likewise).
 *
 * @param filters weights of the convolutions concerned
 */
public record FixedNorms(List<Parameter> filters, Kernels kernels) {
  public FixedNorms {
    filters = List.copyOf(filters);
  }

  static FixedNorms of(ComputationGraph graph, FrozenLayers frozen, Kernels kernels) {
    return new FixedNorms(filters(graph, frozen), kernels);
  }

  /** The weights of a graph whose filters keep their length: a unit is a filter. */
  public static List<Parameter> filters(ComputationGraph graph, FrozenLayers frozen) {
    FollowingNormalization normalization = new FollowingNormalization(graph.getConfiguration());
    return ParameterLayout.of(graph).parameters().stream()
        .filter(each -> each.kind() == ParameterKind.CONVOLUTION)
        .filter(each -> !frozen.contains(each.layer(), each.kind()))
        .filter(each -> normalization.followsAlone(each.layer()))
        .toList();
  }

  /** The lengths of all filters in a flat vector. */
  List<double[]> of(INDArray parameters) {
    return filters.stream()
        .map(each -> kernels.unitNorms(parameters, each.from(), each.to(), each.units()))
        .toList();
  }

  /** Scales all filters in a flat vector to those lengths; what is 0 stays 0. */
  void restore(List<double[]> lengths, INDArray parameters) {
    for (int i = 0; i < filters.size(); i++) {
      Parameter each = filters.get(i);
      double[] now = kernels.unitNorms(parameters, each.from(), each.to(), each.units());
      float[] factors = new float[now.length];
      for (int unit = 0; unit < now.length; unit++) {
        factors[unit] = now[unit] == 0 ? 1 : (float) (lengths.get(i)[unit] / now[unit]);
      }
      kernels.scaleUnits(parameters, each.from(), each.to(), factors);
    }
  }
}
