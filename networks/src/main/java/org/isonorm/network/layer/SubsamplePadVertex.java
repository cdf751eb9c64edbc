package org.isonorm.network.layer;

import java.util.Locale;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.SubsampleKernel;
import org.isonorm.network.kernel.SubsampleShape;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs {@link SubsamplePad}. */
@SuppressWarnings("overrides") // DL4J's base class overrides a varargs method without the dots
final class SubsamplePadVertex extends BaseGraphVertex implements KernelUser {
  private static final long serialVersionUID = 1L;

  private final transient KernelCache<SubsampleShape, SubsampleKernel> kernels =
      new KernelCache<>(Kernels::subsample);
  private final transient SubsamplePad conf;

  SubsamplePadVertex(
      ComputationGraph graph, String name, int index, DataType dataType, SubsamplePad conf) {
    super(graph, name, index, null, null, dataType);
    this.conf = conf;
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
    SubsampleShape shape = shape();
    INDArray output =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS,
            dataType,
            new long[] {shape.batch(), shape.outHeight(), shape.outWidth(), shape.out()},
            'c');
    kernels.of(shape).forward(inputs[0], output);
    return output;
  }

  @Override
  public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
    INDArray outputGradient = FastLayers.contiguous(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
    INDArray gradient =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, inputs[0].shape(), 'c');
    kernels.of(shape()).backward(outputGradient, gradient);
    return new Pair<>(null, new INDArray[] {gradient});
  }

  private SubsampleShape shape() {
    INDArray input = inputs[0];
    return conf.shape(input.size(0), (int) input.size(1), (int) input.size(2), (int) input.size(3));
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
      INDArray[] masks, MaskState state, int minibatch) {
    return masks == null || masks.length == 0 ? null : new Pair<>(masks[0], state);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "SubsamplePad(%s)", vertexName);
  }
}
