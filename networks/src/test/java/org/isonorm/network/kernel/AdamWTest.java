package org.isonorm.network.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.isonorm.network.kernel.provider.KernelProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** AdamW of every kernel beside PyTorch's, whose numbers {@code make_adamw.py} wrote. */
class AdamWTest {
  /** Seven steps of float32 roundings (6e-8 each) of weights up to 2. */
  private static final float ROUNDING = 1e-6f;

  /** A few float32 roundings, over the largest value. */
  private static final double SINGLE = 1e-6;

  private static final int WEIGHTS = 3;

  private static List<double[]> golden() throws IOException {
    try (InputStream csv = AdamWTest.class.getResourceAsStream("adamw.csv")) {
      return new String(csv.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray())
          .toList();
    }
  }

  private static INDArray row(double[] values, int from) {
    INDArray row = Nd4j.zeros(1, WEIGHTS);
    for (int i = 0; i < WEIGHTS; i++) {
      row.putScalar(i, values[from + i]);
    }
    return row;
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j", "reference"})
  void isPyTorchsAtChangingRates(String name) throws IOException {
    Kernels kernels = KernelProvider.kernels(name);
    INDArray weights = Nd4j.zeros(1, WEIGHTS);
    INDArray velocity = Nd4j.zeros(1, WEIGHTS);
    INDArray secondMoments = Nd4j.zeros(1, WEIGHTS);
    List<double[]> rows = golden();
    assertThat(rows).hasSize(3 * 8);
    for (double[] row : rows) {
      long step = (long) row[4];
      if (step == 0) {
        weights = row(row, 9);
        velocity.assign(0);
        secondMoments.assign(0);
        continue;
      }
      // Sums over a batch of four.
      INDArray gradient = row(row, 6).muli(4);
      kernels.adamW(
          weights,
          gradient,
          velocity,
          secondMoments,
          0,
          WEIGHTS,
          new AdamWStep(row[5], row[0], row[1], row[2], row[3], .25, step));
      assertThat(weights.dup().data().asFloat())
          .as(Arrays.toString(row))
          .containsExactly(row(row, 9).data().asFloat(), within(ROUNDING));
    }
  }

  /** Pieces shorter and longer than are computed at a time, between elements that stay. */
  @ParameterizedTest
  @ValueSource(strings = {"onednn", "nd4j"})
  void isTheReferencesOnPartsOfVectors(String name) {
    Kernels reference = KernelProvider.kernels("reference");
    AdamWStep step = new AdamWStep(.01, .9, .99, 1e-7, .05, 1. / 128, 3);
    for (int length : new int[] {0, 1, 7, 2048, 5001, 300_000}) {
      INDArray[] expected = new INDArray[4];
      INDArray[] found = new INDArray[4];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = normal(length + 5, i);
        found[i] = expected[i].dup();
      }
      // Second moments are squares.
      expected[3].muli(expected[3]);
      found[3].muli(found[3]);

      for (INDArray[] each : List.of(expected, found)) {
        Kernels kernels = each == expected ? reference : KernelProvider.kernels(name);
        kernels.adamW(each[0], each[1], each[2], each[3], 3, 3L + length, step);
      }

      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i].sub(expected[i]).amaxNumber().doubleValue())
            .as("%d of %d", i, length)
            .isLessThan(SINGLE * (1 + expected[i].amaxNumber().doubleValue()));
      }
    }
  }

  private static INDArray normal(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.createFromArray(values).reshape(1, length);
  }
}
