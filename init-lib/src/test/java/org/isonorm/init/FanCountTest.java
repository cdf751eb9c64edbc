package org.isonorm.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FanCountTest {
  /** Three decimals are given. */
  private static final double THREE_DIGITS = 5e-4;

  private static final double ROUNDING = 1e-12;

  @ParameterizedTest
  @CsvSource({"32, .959", "16, .918", "8, .840", "4, .694", "2, .444"})
  void zeroPaddingTakesAwayMoreOfASmallImage(int pixels, double factor) {
    LayerTopology layer =
        layer(WeightShape.convolution(128, 64, 3, 3), ConvolutionGeometry.square(pixels, 1, 1));

    EffectiveFan fan = FanCount.PADDING.of(layer);

    assertThat(fan.in() / (64 * 9)).isCloseTo(factor, within(THREE_DIGITS));
    assertThat(fan.out() / (128 * 9)).isCloseTo(factor, within(THREE_DIGITS));
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "2, 1, 1", "2, 4, 1", "1, 8, 1", "3, 2, 2", "1, 1, 3"})
  void countsWhatAConvolutionOfOnesSums(int stride, int groups, int dilation) {
    WeightShape shape = WeightShape.groupedConvolution(16, 8, 3, 2, groups);
    ConvolutionGeometry geometry =
        new ConvolutionGeometry(9, 7, stride, stride, 2, 1, dilation, dilation);

    EffectiveFan fan = FanCount.PADDING.of(layer(shape, geometry));

    // By going through all products of the convolution one by one.
    long products = 0;
    long outputs = 0;
    for (int y = -2; y + 2 * dilation < 9 + 2; y += stride) {
      for (int x = -1; x + dilation < 7 + 1; x += stride) {
        outputs++;
        for (int row = y; row <= y + 2 * dilation; row += dilation) {
          for (int column = x; column <= x + dilation; column += dilation) {
            products += row >= 0 && row < 9 && column >= 0 && column < 7 ? 1 : 0;
          }
        }
      }
    }
    double pairs = (double) products * 16 * 8 / groups;
    assertThat(fan.in()).isCloseTo(pairs / (outputs * 16), within(ROUNDING));
    assertThat(fan.out()).isCloseTo(pairs / (9 * 7 * 8), within(ROUNDING));
  }

  @Test
  void withoutPaddingOnlyStrideAndGroupsCount() {
    WeightShape shape = WeightShape.groupedConvolution(64, 32, 2, 2, 4);
    LayerTopology layer = layer(shape, ConvolutionGeometry.square(8, 2, 0));

    assertThat(FanCount.KERNEL.of(layer)).isEqualTo(new EffectiveFan(8 * 4, 64 * 4));
    assertThat(FanCount.STRIDE.of(layer)).isEqualTo(new EffectiveFan(8 * 4, 64 / 4));
    assertThat(FanCount.PADDING.of(layer)).isEqualTo(FanCount.STRIDE.of(layer));
  }

  @Test
  void dilationChangesNothingButWhatMeetsThePadding() {
    WeightShape shape = WeightShape.convolution(4, 4, 3, 3);
    LayerTopology dense = layer(shape, new ConvolutionGeometry(64, 64, 1, 1, 1, 1, 1, 1));
    LayerTopology dilated = layer(shape, new ConvolutionGeometry(64, 64, 1, 1, 2, 2, 2, 2));

    assertThat(FanCount.STRIDE.of(dilated)).isEqualTo(FanCount.STRIDE.of(dense));
    assertThat(FanCount.PADDING.of(dense).in())
        .isCloseTo(36 * Math.pow((3 * 64 - 2) / (3. * 64), 2), within(ROUNDING));
    assertThat(FanCount.PADDING.of(dilated).in())
        .isCloseTo(36 * Math.pow((3 * 64 - 4) / (3. * 64), 2), within(ROUNDING));
  }

  @ParameterizedTest
  @EnumSource(FanCount.class)
  void aClassifierIsCountedAlikeAlways(FanCount count) {
    LayerTopology classifier =
        new LayerTopology("fc", LayerKind.CLASSIFIER, WeightShape.dense(10, 512), true, false);

    assertThat(count.of(classifier)).isEqualTo(new EffectiveFan(512, 10));
    assertThat(FanCount.named(count.label())).isEqualTo(count);
  }

  @Test
  void meansOfFanInAndFanOut() {
    EffectiveFan fan = new EffectiveFan(16, 64);

    assertThat(FanMode.IN.of(fan)).isEqualTo(16);
    assertThat(FanMode.OUT.of(fan)).isEqualTo(64);
    assertThat(FanMode.AVERAGE.of(fan)).isEqualTo(40);
    assertThat(FanMode.GEOMETRIC_MEAN.of(fan)).isEqualTo(32);
    assertThat(FanMode.GEOMETRIC_MEAN.of(new Fan(16, 64))).isEqualTo(32);
  }

  @Test
  void aRulesVarianceFollowsTheCount() {
    Site site =
        Sites.later(
            layer(WeightShape.convolution(128, 64, 3, 3), ConvolutionGeometry.square(32, 2, 1)));
    Initialization settings = Initialization.bnGamma(.4);
    InitializationRule rule = InitializationRule.named("bn-gamma");

    assertThat(rule.sampler(settings, site)).isEqualTo(new Distribution.Normal(5. / 1152));
    assertThat(rule.sampler(settings.withFanCount(FanCount.STRIDE), site))
        .isEqualTo(new Distribution.Normal(5. / 288));
    // Of the 16 x 3 rows of taps one lies above the image.
    assertThat(rule.sampler(settings.withFanCount(FanCount.PADDING), site))
        .extracting(sampler -> sampler.variance(site.layer().shape()))
        .isEqualTo(5. / (128 * 47. * 47 / (32 * 32)));
  }

  @Test
  void strideAndPaddingNeedTheGeometry() {
    LayerTopology layer =
        new LayerTopology(
            "conv", LayerKind.CONVOLUTION, WeightShape.convolution(4, 4, 3, 3), false, true);

    assertThat(FanCount.KERNEL.of(layer)).isEqualTo(new EffectiveFan(36, 36));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FanCount.STRIDE.of(layer))
        .withMessage(
            "Invalid fan-count: stride for layer conv, whose stride and image are not known (use"
                + " kernel, or give its topology a geometry)");
  }

  @Test
  void rejectsAnUnknownName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FanCount.named("exact"))
        .withMessageEndingWith("? valid: kernel, stride, padding)");
  }

  @Test
  void aKernelMustFitThePaddedImage() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                FanCount.PADDING.of(
                    layer(
                        WeightShape.convolution(4, 4, 7, 7), ConvolutionGeometry.square(4, 1, 1))))
        .withMessage("Invalid image height: 4 (must be >= 5, the kernel's span less the padding)");
  }

  private static LayerTopology layer(WeightShape shape, ConvolutionGeometry geometry) {
    return new LayerTopology("conv", LayerKind.CONVOLUTION, shape, false, true)
        .withGeometry(geometry);
  }
}
