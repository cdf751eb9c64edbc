package org.isonorm.network.layer;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.AddReluKernel;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs {@link AddRelu}. */
@SuppressWarnings("overrides") // DL4J's base class overrides a varargs method without the dots
final class AddReluVertex extends AdditionVertex implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<Long, AddReluKernel> kernels =
      new KernelCache<>(Kernels::addRelu);

  /** The last output, which says where ReLU lets gradients through. */
  private transient INDArray output;

  AddReluVertex(ComputationGraph graph, String name, int index, DataType dataType) {
    super(graph, name, index, dataType);
  }

  @Override
  public void computeWith(Kernels others) {
    kernels.computeWith(others);
  }

  @Override
  void add(INDArray a, INDArray b, INDArray result) {
    output = result;
    kernels.of(output.length()).forward(a, b, output);
  }

  @Override
  INDArray gradient(LayerWorkspaceMgr workspaces) {
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray gradient =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, output.shape(), 'c');
    kernels.of(output.length()).backward(output, outputGradient, gradient);
    return gradient;
  }

  @Override
  public void clear() {
    super.clear();
    output = null;
  }

  @Override
  public String toString() {
    return "AddRelu(" + vertexName + ")";
  }
}
