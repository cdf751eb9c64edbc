package org.isonorm.network.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.SmallNetworks;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class GraphMemoryTest {
  @Test
  void whatAGraphHoldsOutsideTheHeapIsFreed() {
    ComputationGraph graph = SmallNetworks.initialized(SmallNetworks.plain(3), 1);
    RandomBatch batch = RandomBatch.of(SmallNetworks.plain(3), 2, 1);
    // DL4J's own step makes gradients, state and workspaces.
    graph.fit(new INDArray[] {batch.features()}, new INDArray[] {batch.labels()});
    INDArray parameters = graph.params();
    INDArray gradients = graph.getGradientsViewArray();
    List<MemoryWorkspace> workspaces =
        Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread();
    assertThat(workspaces).isNotEmpty();
    assertThat(gradients.wasClosed()).isFalse();

    GraphMemory.free(graph);

    assertThat(parameters.wasClosed()).isTrue();
    assertThat(gradients.wasClosed()).isTrue();
    assertThat(Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread()).isEmpty();
    assertThat(workspaces).allSatisfy(workspace -> assertThat(workspace.getCurrentSize()).isZero());
  }
}
