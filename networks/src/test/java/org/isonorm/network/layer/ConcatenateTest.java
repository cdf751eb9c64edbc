package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ConcatenateTest {

  private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

  @Test
  void appendsChannelsAndTakesTheirGradientsApart() {
    INDArray first = numbered(2, 3, 4, 5);
    INDArray second = numbered(2, 3, 4, 2).negi();
    // Gradients may arrive as views.
    INDArray gradient = numbered(2, 7, 4, 3).permute(0, 3, 2, 1);
    GraphVertex vertex = new Concatenate().instantiate(null, "c", 1, null, true, DataType.FLOAT);
    vertex.setInputVertices(new VertexIndices[] {new VertexIndices(0, 0), new VertexIndices(1, 0)});
    vertex.setInput(0, first, NONE);
    vertex.setInput(1, second, NONE);

    INDArray output = vertex.doForward(true, NONE);
    vertex.setEpsilon(gradient);
    INDArray[] gradients = vertex.doBackward(false, NONE).getSecond();

    assertThat(output.shape()).containsExactly(2, 3, 4, 7);
    assertThat(gradients[0].shape()).isEqualTo(first.shape());
    assertThat(gradients[1].shape()).isEqualTo(second.shape());
    for (int c = 0; c < 7; c++) {
      INDArray source = c < 5 ? first.slice(c, 3) : second.slice(c - 5, 3);
      INDArray part = c < 5 ? gradients[0].slice(c, 3) : gradients[1].slice(c - 5, 3);
      assertThat(output.slice(c, 3)).isEqualTo(source);
      assertThat(part).isEqualTo(gradient.slice(c, 3));
    }
  }

  @Test
  void outputTypeHasTheChannelsOfAll() {
    assertThat(
            new Concatenate().getOutputType(0, images(5, 4, 3), images(5, 4, 6), images(5, 4, 1)))
        .isEqualTo(images(5, 4, 10));
  }

  @Test
  void refusesImagesOfOtherSizes() {
    assertThatExceptionOfType(InvalidInputTypeException.class)
        .isThrownBy(() -> new Concatenate().getOutputType(0, images(5, 4, 3), images(4, 4, 3)))
        .withMessageContaining("must be NHWC images of equal height and width");
    assertThatExceptionOfType(InvalidInputTypeException.class)
        .isThrownBy(
            () ->
                new Concatenate()
                    .getOutputType(0, images(5, 4, 3), InputType.convolutional(5, 4, 3)))
        .withMessageContaining("must be NHWC images of equal height and width");
  }

  private static InputType images(int height, int width, int channels) {
    return InputType.convolutional(height, width, channels, CNN2DFormat.NHWC);
  }

  private static INDArray numbered(int... shape) {
    int length = shape[0] * shape[1] * shape[2] * shape[3];
    return Nd4j.arange(length)
        .addi(1)
        .castTo(DataType.FLOAT)
        .reshape('c', shape[0], shape[1], shape[2], shape[3]);
  }
}
