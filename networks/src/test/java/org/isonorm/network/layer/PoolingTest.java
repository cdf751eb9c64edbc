package org.isonorm.network.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** DL4J's own pooling layers, as the networks use them, on NHWC images. */
class PoolingTest {

  private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

  /** A mean of 12 float32 values. */
  private static final float ROUNDING = 1e-6f;

  @Test
  void maxPoolingTakesTheLargestAndSendsTheGradientThere() {
    Layer layer =
        layer(
            new SubsamplingLayer.Builder(
                    SubsamplingLayer.PoolingType.MAX, new int[] {2, 2}, new int[] {2, 2})
                .convolutionMode(ConvolutionMode.Truncate)
                .dataFormat(CNN2DFormat.NHWC)
                .build());
    INDArray input = shuffled(3, 4, 6, 5);
    INDArray epsilon = shuffled(3, 2, 3, 5);

    INDArray output = layer.activate(input, true, NONE);
    INDArray gradient = layer.backpropGradient(epsilon, NONE).getSecond();

    assertThat(output.shape()).containsExactly(3, 2, 3, 5);
    for (int n = 0; n < 3; n++) {
      for (int c = 0; c < 5; c++) {
        for (int y = 0; y < 4; y++) {
          for (int x = 0; x < 6; x++) {
            float largest = largestOfWindow(input, n, y / 2, x / 2, c);
            assertThat(output.getFloat(n, y / 2, x / 2, c)).isEqualTo(largest);
            assertThat(gradient.getFloat(n, y, x, c))
                .isEqualTo(
                    input.getFloat(n, y, x, c) == largest
                        ? epsilon.getFloat(n, y / 2, x / 2, c)
                        : 0);
          }
        }
      }
    }
  }

  @Test
  void globalAveragePoolingAveragesAndSpreadsTheGradient() {
    GlobalPoolingLayer pool = new GlobalPoolingLayer.Builder(PoolingType.AVG).build();
    pool.setNIn(InputType.convolutional(4, 3, 5, CNN2DFormat.NHWC), true);
    Layer layer = layer(pool);
    INDArray input = shuffled(2, 4, 3, 5).divi(100);
    INDArray epsilon = shuffled(1, 1, 2, 5).reshape('c', 2, 5);

    INDArray output = layer.activate(input, true, NONE);
    INDArray gradient = layer.backpropGradient(epsilon, NONE).getSecond();

    assertThat(output.shape()).containsExactly(2, 5);
    assertThat(gradient.shape()).containsExactly(2, 4, 3, 5);
    for (int n = 0; n < 2; n++) {
      for (int c = 0; c < 5; c++) {
        double sum = 0;
        for (int y = 0; y < 4; y++) {
          for (int x = 0; x < 3; x++) {
            sum += input.getFloat(n, y, x, c);
            assertThat(gradient.getFloat(n, y, x, c))
                .isCloseTo(epsilon.getFloat(n, c) / 12, within(ROUNDING));
          }
        }
        assertThat(output.getFloat(n, c)).isCloseTo((float) (sum / 12), within(ROUNDING));
      }
    }
  }

  private static float largestOfWindow(INDArray input, int n, int y, int x, int c) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < 4; i++) {
      largest = Math.max(largest, input.getFloat(n, 2 * y + i / 2, 2 * x + i % 2, c));
    }
    return largest;
  }

  private static Layer layer(org.deeplearning4j.nn.conf.layers.Layer layer) {
    NeuralNetConfiguration conf = new NeuralNetConfiguration.Builder().layer(layer).build();
    return layer.instantiate(conf, null, 0, null, true, DataType.FLOAT);
  }

  /** Distinct whole numbers in no simple order. */
  private static INDArray shuffled(int n, int height, int width, int channels) {
    int length = n * height * width * channels;
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (i * 7919) % length;
    }
    return Nd4j.createFromArray(values).reshape('c', n, height, width, channels);
  }
}
