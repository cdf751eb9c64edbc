package org.isonorm.network.layer;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.AddKernel;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs {@link Add}. */
@SuppressWarnings("overrides") // DL4J's base class overrides a varargs method without the dots
final class AddVertex extends AdditionVertex implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<Long, AddKernel> kernels = new KernelCache<>(Kernels::add);

  AddVertex(ComputationGraph graph, String name, int index, DataType dataType) {
    super(graph, name, index, dataType);
  }

  @Override
  public void computeWith(Kernels others) {
    kernels.computeWith(others);
  }

  @Override
  void add(INDArray a, INDArray b, INDArray output) {
    kernels.of(output.length()).forward(a, b, output);
  }

  /** A copy: DL4J may release this vertex's own before the inputs have read theirs. */
  @Override
  INDArray gradient(LayerWorkspaceMgr workspaces) {
    return workspaces.dup(ArrayType.ACTIVATION_GRAD, epsilon, 'c');
  }

  @Override
  public String toString() {
    return "Add(" + vertexName + ")";
  }
}
