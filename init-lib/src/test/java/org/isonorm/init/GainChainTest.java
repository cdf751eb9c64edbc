package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GainChainTest {
  /** Six decimals are given. */
  private static final double SIX_DIGITS = 5.1e-7;

  /** What thirty layers of quadrature add up to. */
  private static final double QUADRATURE = 1e-10;

  /** Layers of a narrow plain net, fan-in 64 from the second on. */
  private static final int DEPTH = 30;

  @ParameterizedTest
  @ValueSource(strings = {"relu", "prelu", "tanh", "sigmoid", "gelu", "selu", "softplus", "mish"})
  void equation22KeepsThePowerOfEveryPreActivation(String name) {
    GainChain chain = GainChain.atInput(Activation.named(name));
    chain = chain.after(27, 1. / 27);
    for (int layer = 1; layer < DEPTH; layer++) {
      chain = chain.after(64, chain.gain().forward().variance(new Fan(64, 64)));

      assertThat(chain.variance()).isCloseTo(1, within(QUADRATURE));
    }
  }

  @Test
  void theWrongVarianceCompoundsOverLayersOfRelu() {
    double[] signal =
        GainChain.variances(Activation.named("relu"), filled(DEPTH, 64), filled(DEPTH, 1. / 64));

    for (int layer = 0; layer < DEPTH; layer++) {
      assertThat(signal[layer] / Math.pow(.5, layer)).isCloseTo(1, within(QUADRATURE));
    }
  }

  @Test
  void smallSignalsMeetAnAlmostLinearTanhAndLargeOnesASaturatedOne() {
    Activation tanh = Activation.named("tanh");

    assertThat(GainChain.atInput(tanh).after(64, .25 / 64).gain().forwardPower())
        .isCloseTo(.694065, within(SIX_DIGITS));
    assertThat(GainChain.atInput(tanh).after(64, 4. / 64).gain().forwardPower())
        .isCloseTo(.158815, within(SIX_DIGITS));
  }

  /** tanh, and the softplus whose power settles far from 1, against a drawn network. */
  @ParameterizedTest
  @CsvSource({"tanh, 2", "softplus, .5", "sigmoid, 4"})
  void agreesWithANetworkThatIsDrawn(String name, double numerator) {
    Activation activation = Activation.named(name);
    int width = 400;
    int depth = 5;
    double[] expected =
        GainChain.variances(activation, filled(depth, width), filled(depth, numerator / width));

    RandomGenerator random = SeedStream.of(5).named(name).generator();
    double[] signal = IntStream.range(0, width).mapToDouble(i -> random.nextGaussian()).toArray();
    double[] realized = new double[depth];
    for (int layer = 0; layer < depth; layer++) {
      double[] next = new double[width];
      for (int i = 0; i < width; i++) {
        for (int j = 0; j < width; j++) {
          next[i] += random.nextGaussian() * Math.sqrt(numerator / width) * signal[j];
        }
      }
      realized[layer] = Arrays.stream(next).map(x -> x * x).average().orElseThrow();
      signal = Arrays.stream(next).map(activation.function()).toArray();
    }

    // Four standard errors of a mean square of 400 values, over five layers that add up.
    double tolerance = 4 * Math.sqrt(2. / width * depth);
    for (int layer = 0; layer < depth; layer++) {
      assertThat(realized[layer]).isCloseTo(expected[layer], within(tolerance * expected[layer]));
    }
  }

  @Test
  void batchNormalizationStartsAnew() {
    GainChain chain = GainChain.atInput(Activation.named("tanh")).after(64, 9);

    assertThat(chain.normalized().variance()).isEqualTo(1);
    assertThat(chain.normalized().gain().backwardPower()).isCloseTo(.464403, within(SIX_DIGITS));
  }

  @Test
  void theInputMeetsNoActivation() {
    GainChain chain = GainChain.atInput(Activation.named("sigmoid"), 3);

    assertThat(chain.power()).isEqualTo(3);
    assertThat(chain.after(27, 1. / 27).variance()).isCloseTo(3, within(QUADRATURE));
  }

  @Test
  void aSignalThatDiedOutIsAnErrorOnlyWhereItIsReadAsAGain() {
    GainChain dead = GainChain.atInput(Activation.named("tanh")).after(64, 0);

    assertThat(dead.variance()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(dead::gain)
        .withMessage("Invalid standard deviation: 0 (must be > 0 and finite)");
  }

  @Test
  void rejectsFansAndVariancesOfDifferentNumber() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> GainChain.variances(Activation.named("relu"), new double[2], new double[3]))
        .withMessage("Invalid variances: 3 (must be one for each of 2 fans)");
  }

  private static double[] filled(int length, double value) {
    double[] values = new double[length];
    Arrays.fill(values, value);
    return values;
  }
}
