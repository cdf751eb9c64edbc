package org.isonorm.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HalfFloatsTest {
  /** Half a unit of the last of 8 and of 11 bits. */
  private static final double BF16_ERROR = 0x1p-8;

  private static final double FP16_ERROR = 0x1p-11;

  /** Five standard deviations of the mean of 10,000 roundings, up or down, by one unit in 2^8. */
  private static final double MEAN_ERROR = 5 * 0.5 / 100 * 0x1p-7;

  private static float[] nearest(HalfFloats format, float... values) {
    return unpacked(format, format.packNearest(FloatBytes.of(values)));
  }

  private static float[] atRandom(HalfFloats format, float... values) {
    return unpacked(format, format.packAtRandom(FloatBytes.of(values), 7));
  }

  private static float[] unpacked(HalfFloats format, byte[] packed) {
    byte[] opened = format.unpack(packed);
    float[] result = new float[FloatBytes.length(opened)];
    FloatBytes.view(opened).get(result);
    return result;
  }

  @ParameterizedTest
  @CsvSource({"BF16, 1", "BF16, 4097", "FP16, 1", "FP16, 1023", "FP16, 1024", "FP16, 3000"})
  void valuesComeBackToTheirPrecision(HalfFloats format, int length) {
    SplittableRandom random = new SplittableRandom(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) ((random.nextDouble() - 0.5) * Math.pow(2, random.nextInt(-8, 8)));
    }
    float[] result = nearest(format, values);
    double error = format == HalfFloats.BF16 ? BF16_ERROR : FP16_ERROR;

    assertThat(result).hasSize(length);
    for (int i = 0; i < length; i++) {
      assertThat((double) result[i]).isCloseTo(values[i], within(error * Math.abs(values[i])));
    }
  }

  @ParameterizedTest
  @EnumSource(HalfFloats.class)
  void whatIsRoundedOnceStaysAsItIs(HalfFloats format) {
    float[] values = {0, -0f, 1, -2.5f, 0.1f, 1e-3f, 3e-5f, 100};
    float[] once = nearest(format, values);

    assertThat(nearest(format, once)).isEqualTo(once);
    assertThat(atRandom(format, once)).isEqualTo(once);
    assertThat(once).startsWith(0, -0f, 1, -2.5f);
  }

  @ParameterizedTest
  @CsvSource({
    "BF16, 1e-30",
    "BF16, 1e30",
    "FP16, 1e-30",
    "FP16, 1e-9",
    "FP16, 7e4",
    "FP16, 1e30",
  })
  void everyMagnitudeIsKept(HalfFloats format, float value) {
    float[] result = nearest(format, value, -value / 3);

    assertThat((double) result[0]).isCloseTo(value, within(BF16_ERROR * value));
    assertThat((double) result[1]).isCloseTo(-value / 3, within(BF16_ERROR * value));
  }

  @ParameterizedTest
  @EnumSource(HalfFloats.class)
  void evenNoiseIsRightInTheMean(HalfFloats format) {
    float[] values = new float[10_000];
    java.util.Arrays.fill(values, 1.003f);
    float[] result = atRandom(format, values);
    double sum = 0;
    for (float value : result) {
      sum += value;
    }
    assertThat(sum / values.length).isCloseTo(1.003, within(MEAN_ERROR));
    assertThat(result).contains(result[0]).isNotEqualTo(values);
  }

  @ParameterizedTest
  @EnumSource(HalfFloats.class)
  void whatIsNotFiniteStaysSo(HalfFloats format) {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThat(Float.isFinite(nearest(format, 1, value)[1])).as("%s", value).isFalse();
      assertThat(Float.isFinite(atRandom(format, 1, value)[1])).as("%s", value).isFalse();
    }
  }

  @Test
  void twoBytesAValue() {
    assertThat(HalfFloats.BF16.packNearest(new byte[4 * 1000])).hasSize(2000);
    assertThat(HalfFloats.FP16.packNearest(new byte[4 * 1025])).hasSize(2050 + 8);
  }
}
