package org.isonorm.network.graph;

import java.util.List;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.memory.MemoryWorkspaceManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Frees the memory of graphs outside the heap at once. DL4J's {@code ComputationGraph.close} and
 * ND4J's {@code destroyAllWorkspacesForCurrentThread} free the same, and have the whole heap
 * collected every time, for parts of a second.
 */
public final class GraphMemory {
  private GraphMemory() {}

  /**
   * Frees parameters, gradients and the optimizer's state of a graph, which is not to be used any
   * more, and the calling thread's workspaces.
   */
  public static void free(ComputationGraph graph) {
    free(graph.params());
    free(graph.getGradientsViewArray());
    Updater updater = graph.getUpdater(false);
    if (updater != null) {
      free(updater.getStateViewArray());
    }
    freeWorkspaces();
  }

  private static void free(INDArray array) {
    if (array == null || array.wasClosed()) {
      return;
    }
    // A graph's vectors are views of their buffers, and a view closes nothing.
    DataBuffer viewed = array.data().originalDataBuffer();
    DataBuffer whole = viewed == null ? array.data() : viewed;
    if (whole.closeable()) {
      whole.close();
    }
  }

  /** Frees the workspaces of the calling thread. */
  public static void freeWorkspaces() {
    MemoryWorkspaceManager workspaces = Nd4j.getWorkspaceManager();
    List.copyOf(workspaces.getAllWorkspacesForCurrentThread())
        .forEach(workspaces::destroyWorkspace);
  }
}
