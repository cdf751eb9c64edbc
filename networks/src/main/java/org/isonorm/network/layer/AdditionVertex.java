package org.isonorm.network.layer;

import java.util.Locale;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The sum of two inputs that ends a residual block of one network replica. */
@SuppressWarnings("overrides") // DL4J's base class overrides a varargs method without the dots
abstract class AdditionVertex extends BaseGraphVertex {

  private static final long serialVersionUID = 1L;

  private Boolean gradientShared;

  AdditionVertex(ComputationGraph graph, String name, int index, DataType dataType) {
    super(graph, name, index, null, null, dataType);
  }

  /** Writes the output. */
  abstract void add(INDArray a, INDArray b, INDArray output);

  /** A new array with the gradient that both inputs get. */
  abstract INDArray gradient(LayerWorkspaceMgr workspaces);

  @Override
  public final void setInput(int number, INDArray input, LayerWorkspaceMgr workspaces) {
    super.setInput(number, FastLayers.contiguous(input, ArrayType.INPUT, workspaces), workspaces);
  }

  @Override
  public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
    if (!canDoForward()) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "Cannot run %s forward: not all inputs are set", vertexName));
    }
    INDArray output =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, inputs[0].shape(), 'c');
    add(inputs[0], inputs[1], output);
    return output;
  }

  @Override
  public final Pair<Gradient, INDArray[]> doBackward(
      boolean truncated, LayerWorkspaceMgr workspaces) {
    if (!canDoBackward()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot run %s backward: its inputs or its gradient are not set",
              vertexName));
    }
    INDArray gradient = gradient(workspaces);
    INDArray other =
        gradientShared() ? gradient : workspaces.dup(ArrayType.ACTIVATION_GRAD, gradient, 'c');
    return new Pair<>(null, new INDArray[] {gradient, other});
  }

  private boolean gradientShared() {
    if (gradientShared == null) {
      gradientShared = mayShareGradient();
    }
    return gradientShared;
  }

  /**
   * Whether both inputs may be given one and the same gradient array. DL4J adds the gradients of an
   * input's several consumers in place into the first one that arrives, so the array may change
   * after it was handed out. That harms nobody if the input that goes backward first (the later one
   * in topological order) has read the array by then and left it alone: it must have no other
   * consumer, be one of the layers of this package, which only read their gradient, and go backward
   * before any other consumer of the earlier input does.
   */
  private boolean mayShareGradient() {
    int[] order = graph.topologicalSortOrder();
    int[] position = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      position[order[i]] = i;
    }
    int a = inputVertices[0].getVertexIndex();
    int b = inputVertices[1].getVertexIndex();
    GraphVertex[] vertices = graph.getVertices();
    GraphVertex later = vertices[position[a] > position[b] ? a : b];
    GraphVertex earlier = vertices[position[a] > position[b] ? b : a];
    if (later.getNumOutputConnections() != 1 || !onlyReadsItsGradient(later)) {
      return false;
    }
    for (VertexIndices consumer : earlier.getOutputVertices()) {
      int place = position[consumer.getVertexIndex()];
      boolean goesBackwardAfterThis = place < position[vertexIndex];
      if (goesBackwardAfterThis && place > position[later.getVertexIndex()]) {
        return false;
      }
    }
    return true;
  }

  private static boolean onlyReadsItsGradient(GraphVertex vertex) {
    return vertex instanceof AdditionVertex
        || vertex instanceof SubsamplePadVertex
        || (vertex.hasLayer()
            && (vertex.getLayer() instanceof FastBatchNormalizationLayer
                || vertex.getLayer() instanceof FastConvolutionLayer
                || vertex.getLayer() instanceof ScalarAffineLayer));
  }

  @Override
  public final void setBackpropGradientsViewArray(INDArray gradients) {
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
  public final Pair<INDArray, MaskState> feedForwardMaskArrays(
      INDArray[] masks, MaskState state, int batch) {
    return new Pair<>(null, state);
  }

  @Override
  public final boolean hasLayer() {
    return false;
  }

  @Override
  public final Layer getLayer() {
    return null;
  }
}
