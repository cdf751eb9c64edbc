package org.isonorm.network.layer;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Images [N, height, width, channels] as DL4J's own layers take them, [N, channels, height, width]:
 * what stands at the head of a graph of them.
 */
public final class ChannelsFirst implements InputPreProcessor {
  private static final long serialVersionUID = 1L;

  /** Whether a graph computes with DL4J's own layers. */
  public static boolean isIn(ComputationGraphConfiguration configuration) {
    return configuration.getVertices().values().stream()
        .anyMatch(
            vertex ->
                vertex instanceof PreprocessorVertex first
                    && first.getPreProcessor() instanceof ChannelsFirst);
  }

  @Override
  public INDArray preProcess(INDArray input, int examples, LayerWorkspaceMgr workspaces) {
    return workspaces.dup(ArrayType.ACTIVATIONS, input.permute(0, 3, 1, 2), 'c');
  }

  @Override
  public INDArray backprop(INDArray output, int examples, LayerWorkspaceMgr workspaces) {
    return workspaces.dup(ArrayType.ACTIVATION_GRAD, output.permute(0, 2, 3, 1), 'c');
  }

  @Override
  public InputPreProcessor clone() {
    return new ChannelsFirst();
  }

  @Override
  public InputType getOutputType(InputType input) {
    InputTypeConvolutional images = (InputTypeConvolutional) input;
    return InputType.convolutional(
        images.getHeight(), images.getWidth(), images.getChannels(), CNN2DFormat.NCHW);
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArray(
      INDArray mask, MaskState state, int examples) {
    return new Pair<>(mask, state);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChannelsFirst;
  }

  @Override
  public int hashCode() {
    return ChannelsFirst.class.hashCode();
  }
}
