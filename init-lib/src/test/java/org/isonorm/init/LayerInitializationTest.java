package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.zip.CRC32;
import org.isonorm.init.Distribution.Normal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayerInitializationTest {
  private static final LayerTopology LAYER =
      new LayerTopology(
          "conv", LayerKind.CONVOLUTION, WeightShape.convolution(128, 64, 3, 3), false, true);
  private static final LayerTopology CLASSIFIER =
      new LayerTopology("fc", LayerKind.CLASSIFIER, WeightShape.dense(10, 64), false, false);

  /** Four standard errors of the variance of so many normal draws, the widest of the three. */
  private static final double VARIANCE_TOLERANCE = 4 * Math.sqrt(2. / LAYER.shape().size());

  @ParameterizedTest
  @ValueSource(strings = {"normal", "uniform", "truncated-normal"})
  void realizesTheTargetVariance(String distribution) {
    LayerInitialization initialization =
        LayerInitialization.of(
            Sites.first(LAYER), new Initialization("bn-gamma", .4, distribution, "1/n"));

    RealizedStatistics realized = RealizedStatistics.of(initialization.sample(3));

    double target = 5. / 1152;
    assertThat(initialization.variance()).isEqualTo(target);
    assertThat(realized.count()).isEqualTo(128 * 64 * 9);
    assertThat(realized.variance()).isCloseTo(target, within(VARIANCE_TOLERANCE * target));
    assertThat(realized.norm())
        .isCloseTo(
            Math.sqrt(target * realized.count()),
            within(VARIANCE_TOLERANCE * Math.sqrt(target * realized.count())));
  }

  @Test
  void repeatsASeedAndNoOther() {
    LayerInitialization initialization = bnGamma("conv", 1);

    assertThat(initialization.sample(3)).isEqualTo(initialization.sample(3));
    assertThat(initialization.sample(4)).isNotEqualTo(initialization.sample(3));
  }

  @Test
  void theLayersNameChoosesTheStream() {
    assertThat(bnGamma("conv2", 1).sample(3)).isNotEqualTo(bnGamma("conv", 1).sample(3));
    assertThat(bnGamma("conv", 1).sample(3)[0])
        .isEqualTo(
            (float)
                new Normal(2. / 1152)
                    .sample(SeedStream.of(3).named("weights", "conv").generator()));
  }

  /**
   * Checksums of the bits of every kind of draw, taken in another process: a seed means the same
   * weights in all of them.
   */
  @ParameterizedTest
  @CsvSource({
    "bn-gamma, normal, 3829766154",
    "bn-gamma, uniform, 668147510",
    "bn-gamma, truncated-normal, 1159978621",
    "orthogonal, normal, 205657011",
    "delta-orthogonal, normal, 2299574432",
    "zero-ones, normal, 3035239955",
    "kaiming-uniform, normal, 3435558864",
  })
  void aSeedIsTheSameWeightsInEveryProcess(String rule, String distribution, long checksum) {
    LayerInitialization initialization =
        LayerInitialization.of(
            Sites.later(LAYER), new Initialization(rule, .4, distribution, "1/n"));

    CRC32 crc = new CRC32();
    for (float weight : initialization.sample(3)) {
      int bits = Float.floatToIntBits(weight);
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        crc.update(bits >>> shift);
      }
    }
    assertThat(crc.getValue()).isEqualTo(checksum);
  }

  @Test
  void aFourTimesSmallerGammaDoublesEveryWeightExactly() {
    float[] plain = bnGamma("conv", 1.6).sample(3);
    float[] doubled = bnGamma("conv", .4).sample(3);

    for (int i = 0; i < plain.length; i++) {
      assertThat(doubled[i]).isEqualTo(2 * plain[i]);
    }
  }

  @Test
  void aConstantClassifierHoldsOneValue() {
    LayerInitialization initialization =
        LayerInitialization.of(
            Sites.later(CLASSIFIER), new Initialization("bn-gamma", 1, "normal", "constant"));

    assertThat(initialization.variance()).isZero();
    assertThat(initialization.sample(3)).hasSize(640).containsOnly(.01f);
  }

  @Test
  void biasesAreZeroButForTableOnesFrameworkDefault() {
    LayerInitialization wide =
        LayerInitialization.of(
            Sites.in("wrn-28-10", LAYER), Initialization.byRule("kaiming-table-1"));

    float[] biases = wide.sampleBias(3);

    assertThat(bnGamma("conv", 1).sampleBias(3)).hasSize(128).containsOnly(0);
    assertThat(biases).hasSize(128).isEqualTo(wide.sampleBias(3)).isNotEqualTo(wide.sampleBias(4));
    // Bound 1/√n, and of 128 uniform draws the largest is within 10 % of it.
    double largest = 0;
    for (float bias : biases) {
      largest = Math.max(largest, Math.abs(bias));
    }
    assertThat(largest).isBetween(.9 / 24, 1. / 24);
  }

  @Test
  void refusesMoreWeightsThanAnArrayHolds() {
    LayerTopology huge =
        new LayerTopology(
            "huge", LayerKind.CLASSIFIER, WeightShape.dense(1 << 16, 1 << 16), false, false);
    LayerInitialization initialization =
        LayerInitialization.of(Sites.first(huge), Initialization.bnGamma(1));

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> initialization.sample(1))
        .withMessage("Unsupported size of layer huge: 4294967296 weights (must be <= 2147483647)");
  }

  private static LayerInitialization bnGamma(String name, double initGamma) {
    LayerTopology layer = new LayerTopology(name, LAYER.kind(), LAYER.shape(), false, true);
    return LayerInitialization.of(Sites.later(layer), Initialization.bnGamma(initGamma));
  }
}
