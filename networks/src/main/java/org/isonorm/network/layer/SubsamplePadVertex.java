package org.isonorm.network.layer;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.KernelProvider;
import org.isonorm.network.kernel.Kernels;
import org.isonorm.network.kernel.StepPart;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Runs {@link SubsamplePad}. */
@SuppressWarnings("overrides") // DL4J's base class overrides a varargs method without the dots
final class SubsamplePadVertex extends BaseGraphVertex {
  private static final long serialVersionUID = 1L;

  private final transient Kernels arithmetic = KernelProvider.kernels();
  private final int stride;
  private final int channels;

  SubsamplePadVertex(
      ComputationGraph graph, String name, int index, DataType dataType, int stride, int channels) {
    super(graph, name, index, null, null, dataType);
    this.stride = stride;
    this.channels = channels;
  }

  @Override
  public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
    return arithmetic.part(StepPart.SHORTCUT, () -> forward(workspaces));
  }

  private INDArray forward(LayerWorkspaceMgr workspaces) {
    INDArray input = inputs[0];
    INDArray output =
        workspaces.create(
            ArrayType.ACTIVATIONS,
            dataType,
            new long[] {
              input.size(0),
              SubsamplePad.kept(input.size(1), stride),
              SubsamplePad.kept(input.size(2), stride),
              channels
            },
            'c');
    firstChannels(output, input.size(3)).assign(keptPixels(input));
    return output;
  }

  @Override
  public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
    INDArray gradient = arithmetic.part(StepPart.SHORTCUT, () -> backward(workspaces));
    return new Pair<>(null, new INDArray[] {gradient});
  }

  private INDArray backward(LayerWorkspaceMgr workspaces) {
    INDArray input = inputs[0];
    INDArray gradient = workspaces.create(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
    keptPixels(gradient).assign(firstChannels(epsilon, input.size(3)));
    return gradient;
  }

  private INDArray keptPixels(INDArray images) {
    return images.get(
        NDArrayIndex.all(), every(images.size(1)), every(images.size(2)), NDArrayIndex.all());
  }

  private INDArrayIndex every(long pixels) {
    // ND4J refuses a stride beyond the axis.
    return pixels <= stride
        ? NDArrayIndex.interval(0, 1)
        : NDArrayIndex.interval(0, stride, pixels);
  }

  private static INDArray firstChannels(INDArray images, long count) {
    return images.get(
        NDArrayIndex.all(),
        NDArrayIndex.all(),
        NDArrayIndex.all(),
        NDArrayIndex.interval(0, count));
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
          "Invalid gradients of vertex %s: %d values (it has no parameters)"
              .formatted(vertexName, gradients.length()));
    }
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArrays(
      INDArray[] masks, MaskState state, int minibatch) {
    return masks == null || masks.length == 0 ? null : new Pair<>(masks[0], state);
  }

  @Override
  public String toString() {
    return "SubsamplePad(%s, stride %d, %d channels)".formatted(vertexName, stride, channels);
  }
}
