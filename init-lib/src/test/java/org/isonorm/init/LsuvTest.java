package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.random.RandomGenerator;
import org.isonorm.init.TunedScales.TensorScale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LsuvTest {
  /** At which the published method stops. */
  private static final double PUBLISHED_TOLERANCE = .1;

  /** A plain net of three layers of 20 units, on one batch of 50. */
  private static final class PlainNet implements ActivationOracle {
    private final Activation activation;
    private final double[][] weights = new double[3][];

    PlainNet(Activation activation) {
      this.activation = activation;
      for (int layer = 0; layer < 3; layer++) {
        float[] drawn = new float[400];
        new Orthogonal(1)
            .fill(drawn, WeightShape.dense(20, 20), SeedStream.of(1).at(layer).generator());
        weights[layer] = new double[400];
        for (int i = 0; i < 400; i++) {
          weights[layer][i] = drawn[i];
        }
      }
    }

    @Override
    public List<String> layers() {
      return List.of("one", "two", "three");
    }

    @Override
    public double outputStandardDeviation(int layer, double[] scales) {
      RandomGenerator random = SeedStream.of(2).generator();
      double sum = 0;
      double squares = 0;
      for (int example = 0; example < 50; example++) {
        double[] signal = random.doubles(20, -5, 5).toArray();
        for (int l = 0; l <= layer; l++) {
          double[] next = new double[20];
          for (int i = 0; i < 400; i++) {
            next[i / 20] +=
                scales[l]
                    * weights[l][i]
                    * (l == 0
                        ? signal[i % 20]
                        : activation.function().applyAsDouble(signal[i % 20]));
          }
          signal = next;
        }
        for (double value : signal) {
          sum += value;
          squares += value * value;
        }
      }
      return Math.sqrt(squares / 1000 - sum / 1000 * sum / 1000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relu", "tanh", "sigmoid"})
  void everyLayerEndsWithinTheTolerance(String activation) {
    PlainNet net = new PlainNet(Activation.named(activation));

    TunedScales tuned = Lsuv.run(net, Lsuv.PUBLISHED, TuningProgress.none());

    double[] scales = tuned.tensors().stream().mapToDouble(TensorScale::scale).toArray();
    assertThat(net.outputStandardDeviation(0, Tensors.ones(3))).isGreaterThan(2);
    for (int layer = 0; layer < 3; layer++) {
      assertThat(net.outputStandardDeviation(layer, scales))
          .isCloseTo(1, within(PUBLISHED_TOLERANCE));
      assertThat(tuned.values().get(layer)).isEqualTo(net.outputStandardDeviation(layer, scales));
    }
    assertThat(tuned.tensors())
        .extracting(TensorScale::name)
        .containsExactly("one", "two", "three");
  }

  @Test
  void aLayerThatIsRightIsLeftAlone() {
    ActivationOracle right = oracle(1.09);

    assertThat(Lsuv.run(right, Lsuv.PUBLISHED, TuningProgress.none()).tensors())
        .containsExactly(new TensorScale("only", 1));
  }

  @Test
  void triesNoMoreThanToldTo() {
    assertThat(Lsuv.run(oracle(2), Lsuv.PUBLISHED, TuningProgress.none()).tensors())
        .containsExactly(new TensorScale("only", Math.pow(2, -10)));
  }

  @Test
  void aDeadLayerIsAnError() {
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> Lsuv.run(oracle(0), Lsuv.PUBLISHED, TuningProgress.none()))
        .withMessage(
            "Cannot scale layer only: the standard deviation of its output is 0.0 (must be > 0 and"
                + " finite)");
  }

  /** One layer whose output does not follow its weights. */
  private static ActivationOracle oracle(double deviation) {
    return new ActivationOracle() {
      @Override
      public List<String> layers() {
        return List.of("only");
      }

      @Override
      public double outputStandardDeviation(int layer, double[] scales) {
        return deviation;
      }
    };
  }
}
