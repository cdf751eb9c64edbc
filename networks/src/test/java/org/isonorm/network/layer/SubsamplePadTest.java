package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SubsamplePadTest {

  private static final String SIZES =
      """
      2, 4, 4, 3, 2, 6
      2, 5, 3, 2, 2, 5
      1, 1, 1, 1, 2, 1
      3, 7, 8, 4, 3, 4
      2, 3, 2, 3, 1, 7
      """;

  @ParameterizedTest
  @CsvSource(textBlock = SIZES)
  void keepsEveryStridethPixelAndAppendsZeroChannels(
      int n, int height, int width, int in, int stride, int channels) {
    INDArray input = numbered(n, height, width, in);
    GraphVertex vertex = vertex(stride, channels);
    vertex.setInput(0, input, LayerWorkspaceMgr.noWorkspaces());

    INDArray output = vertex.doForward(true, LayerWorkspaceMgr.noWorkspaces());

    assertThat(output.shape())
        .containsExactly(
            n, (height + stride - 1) / stride, (width + stride - 1) / stride, channels);
    assertThat(output.ordering()).isEqualTo('c');
    for (int i = 0; i < n; i++) {
      for (int y = 0; y < output.size(1); y++) {
        for (int x = 0; x < output.size(2); x++) {
          for (int c = 0; c < channels; c++) {
            assertThat(output.getFloat(i, y, x, c))
                .isEqualTo(c < in ? input.getFloat(i, y * stride, x * stride, c) : 0);
          }
        }
      }
    }
  }

  /** ⟨forward(a), b⟩ = ⟨a, backward(b)⟩; exact, as all products are small whole numbers. */
  @ParameterizedTest
  @CsvSource(textBlock = SIZES)
  void gradientIsTheTranspose(int n, int height, int width, int in, int stride, int channels) {
    INDArray input = numbered(n, height, width, in).fmodi(7);
    GraphVertex vertex = vertex(stride, channels);
    vertex.setInput(0, input, LayerWorkspaceMgr.noWorkspaces());
    INDArray output = vertex.doForward(true, LayerWorkspaceMgr.noWorkspaces());
    INDArray epsilon = numbered(n, (int) output.size(1), (int) output.size(2), channels).fmodi(5);
    vertex.setEpsilon(epsilon);

    INDArray gradient = vertex.doBackward(false, LayerWorkspaceMgr.noWorkspaces()).getSecond()[0];

    assertThat(gradient.shape()).isEqualTo(input.shape());
    assertThat(gradient.mul(input).sumNumber().doubleValue())
        .isEqualTo(output.mul(epsilon).sumNumber().doubleValue());
    assertThat(gradient.sumNumber().doubleValue())
        .isEqualTo(channelsUpTo(epsilon, Math.min(in, channels)));
  }

  @Test
  void outputTypeSaysTheShape() {
    assertThat(
            new SubsamplePad(2, 8)
                .getOutputType(0, InputType.convolutional(5, 4, 3, CNN2DFormat.NHWC)))
        .isEqualTo(InputType.convolutional(3, 2, 8, CNN2DFormat.NHWC));
  }

  @Test
  void refusesToDropChannels() {
    assertThatExceptionOfType(InvalidInputTypeException.class)
        .isThrownBy(
            () ->
                new SubsamplePad(2, 2)
                    .getOutputType(0, InputType.convolutional(5, 4, 3, CNN2DFormat.NHWC)))
        .withMessageContaining("must be one NHWC image of at most 2 channels");
  }

  @Test
  void refusesSizesBelowOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SubsamplePad(0, 2))
        .withMessage("Invalid stride: 0 (must be >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SubsamplePad(1, 0))
        .withMessage("Invalid channels: 0 (must be >= 1)");
  }

  private static double channelsUpTo(INDArray images, long channels) {
    double sum = 0;
    for (long c = 0; c < channels; c++) {
      sum += images.slice(c, 3).sumNumber().doubleValue();
    }
    return sum;
  }

  private static GraphVertex vertex(int stride, int channels) {
    GraphVertex vertex =
        new SubsamplePad(stride, channels).instantiate(null, "pad", 1, null, true, DataType.FLOAT);
    vertex.setInputVertices(new VertexIndices[] {new VertexIndices(0, 0)});
    return vertex;
  }

  private static INDArray numbered(int n, int height, int width, int channels) {
    int length = n * height * width * channels;
    return Nd4j.arange(length)
        .addi(1)
        .castTo(DataType.FLOAT)
        .reshape('c', n, height, width, channels);
  }
}
