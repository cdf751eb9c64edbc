package org.isonorm.network.layer;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.isonorm.network.kernel.Kernels;

/** Says which kernels the fast layers of a graph compute with. */
public final class GraphKernels {
  private GraphKernels() {}

  /**
   * Lets the fast layers of a graph compute with these kernels, from the next pass on. Until then
   * they compute with the process's own; layers of DL4J's are left as they are. It is for {@code
   * fit} and {@code output} of the graph: compiled steps are given their kernels themselves.
   *
   * @return the graph
   */
  public static ComputationGraph give(ComputationGraph graph, Kernels kernels) {
    for (GraphVertex vertex : graph.getVertices()) {
      Object computing = vertex.hasLayer() ? vertex.getLayer() : vertex;
      if (computing instanceof KernelUser user) {
        user.computeWith(kernels);
      }
    }
    return graph;
  }
}
