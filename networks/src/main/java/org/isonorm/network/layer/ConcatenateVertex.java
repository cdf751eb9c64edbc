package org.isonorm.network.layer;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.ConcatenationKernel;
import org.isonorm.network.kernel.ConcatenationShape;
import org.isonorm.network.kernel.Kernels;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs {@link Concatenate}. */
@SuppressWarnings("overrides") // DL4J's base class overrides a varargs method without the dots
final class ConcatenateVertex extends BaseGraphVertex implements KernelUser {

  private static final long serialVersionUID = 1L;

  private final transient KernelCache<ConcatenationShape, ConcatenationKernel> kernels =
      new KernelCache<>(Kernels::concatenation);

  ConcatenateVertex(ComputationGraph graph, String name, int index, DataType dataType) {
    super(graph, name, index, null, null, dataType);
  }

  @Override
  public void computeWith(Kernels others) {
    kernels.computeWith(others);
  }

  @Override
  public void setInput(int number, INDArray input, LayerWorkspaceMgr workspaces) {
    super.setInput(number, FastLayers.contiguous(input, ArrayType.INPUT, workspaces), workspaces);
  }

  @Override
  public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
    if (!canDoForward()) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "Cannot run %s forward: not all inputs are set", vertexName));
    }
    ConcatenationShape shape = shape();
    INDArray output =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS,
            dataType,
            new long[] {
              inputs[0].size(0), inputs[0].size(1), inputs[0].size(2), shape.outputChannels()
            },
            'c');
    kernels.of(shape).forward(inputs, output);
    return output;
  }

  @Override
  public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
    if (!canDoBackward()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot run %s backward: its inputs or its gradient are not set",
              vertexName));
    }
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray[] gradients = new INDArray[inputs.length];
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] =
          workspaces.createUninitialized(
              ArrayType.ACTIVATION_GRAD, dataType, inputs[i].shape(), 'c');
    }
    kernels.of(shape()).backward(outputGradient, gradients);
    return new Pair<>(null, gradients);
  }

  private ConcatenationShape shape() {
    List<Integer> channels = Arrays.stream(inputs).map(input -> (int) input.size(3)).toList();
    return new ConcatenationShape(inputs[0].length() / inputs[0].size(3), channels);
  }

  @Override
  public void setBackpropGradientsViewArray(INDArray gradients) {
    if (gradients != null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid gradients of vertex %s: %d values (it has no parameters)",
              vertexName,
              gradients.length()));
    }
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArrays(
      INDArray[] masks, MaskState state, int batch) {
    return new Pair<>(null, state);
  }

  @Override
  public boolean hasLayer() {
    return false;
  }

  @Override
  public Layer getLayer() {
    return null;
  }

  @Override
  public String toString() {
    return "Concatenate(" + vertexName + ")";
  }
}
