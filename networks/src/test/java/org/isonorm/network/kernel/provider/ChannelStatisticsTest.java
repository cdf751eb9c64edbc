package org.isonorm.network.kernel.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.isonorm.network.kernel.BatchNormalizationKernel;
import org.isonorm.network.kernel.BatchNormalizationShape;
import org.isonorm.network.kernel.VectorModule;
import org.isonorm.network.kernel.onednn.OneDnn;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The statistics that oneDNN's kernels normalize by, on batches that are long sums. */
class ChannelStatisticsTest {
  /**
   * Of a mean relative to the standard deviation, and of a variance relative to itself: two units
   * in the last place of a float. PyTorch's of channels first are 5e-8 and 1.2e-7.
   */
  private static final double LAST_PLACES = 2.4e-7;

  /** In the last place of a mean of 100 standard deviations. */
  private static final double LAST_PLACE_OF_OFFSET = 100 * 6e-8;

  @ParameterizedTest
  @CsvSource({
    "128, 32, 32, 16, 0",
    "128, 16, 16, 32, 0",
    "16, 8, 8, 64, 0",
    "128, 32, 32, 3, 0",
    "3, 7, 5, 7, 0",
    "1, 1, 2, 5, 0",
    "64, 32, 32, 36, 0",
    "32, 16, 16, 160, 0",
    "128, 2, 2, 512, 0",
    "2, 2, 2, 1030, 0",
    "128, 32, 32, 16, 100",
  })
  void areExactToTheLastPlacesOfAFloat(int n, int height, int width, int channels, double offset) {
    boolean fast = VectorModule.isThere() && OneDnn.hasWideVectors();
    for (boolean vectors : new boolean[] {false, true}) {
      assumeTrue(fast || !vectors);
      int rows = n * height * width;
      float[] x = new float[rows * channels];
      Random random = new Random(1);
      double[] mean = new double[channels];
      double[] variance = new double[channels];
      for (int i = 0; i < x.length; i++) {
        int c = i % channels;
        x[i] = (float) (random.nextGaussian() * (1 + c % 4) + c % 3 + offset * (1 + c % 4));
        mean[c] += (double) x[i] / rows;
      }
      for (int i = 0; i < x.length; i++) {
        double difference = x[i] - mean[i % channels];
        variance[i % channels] += difference * difference / rows;
      }
      INDArray input = Nd4j.createFromArray(x).reshape('c', n, height, width, channels);
      INDArray output = input.ulike();
      INDArray means = Nd4j.zeros(channels);
      INDArray variances = Nd4j.zeros(channels);

      try (BatchNormalizationKernel kernel =
          new OneDnnKernels(vectors)
              .batchNormalization(
                  new BatchNormalizationShape(n, height, width, channels, 1e-5, false))) {
        kernel.forwardTraining(
            input, Nd4j.ones(channels), Nd4j.zeros(channels), output, means, variances);
      }

      for (int c = 0; c < channels; c++) {
        double deviation = Math.sqrt(variance[c]);
        assertThat(means.getDouble(c))
            .as("mean of channel %d", c)
            .isCloseTo(
                mean[c],
                within(deviation * (LAST_PLACES + (offset == 0 ? 0 : LAST_PLACE_OF_OFFSET))));
        assertThat(variances.getDouble(c))
            .as("variance of channel %d", c)
            .isCloseTo(variance[c], within(LAST_PLACES * variance[c]));
      }
      input.close();
      output.close();
    }
  }
}
