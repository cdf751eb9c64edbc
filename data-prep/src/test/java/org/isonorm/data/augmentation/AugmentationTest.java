package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.isonorm.data.augmentation.CropFill.BLACK;
import static org.isonorm.data.augmentation.CropFill.REFLECT;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final int DRAWS = 81_000;

  /** Five standard deviations of a frequency near one in ten over that many draws. */
  private static final double FREQUENCY_TOLERANCE = 0.0055;

  private static final AugmentationSettings ALL = AugmentationSettings.CROP_AND_FLIP.withCutout(16);

  private static Augmentation[] draws(AugmentationSettings settings) {
    SplittableRandom random = new SplittableRandom(11);
    return IntStream.range(0, DRAWS)
        .mapToObj(i -> Augmentation.sample(settings, ImageShape.CIFAR, ImageShape.CIFAR, random))
        .toArray(Augmentation[]::new);
  }

  private static double frequency(
      Augmentation[] draws, java.util.function.Predicate<Augmentation> of) {
    return Arrays.stream(draws).filter(of).count() / (double) DRAWS;
  }

  @Test
  void cropWindowsAreUniformOverThePaddedImage() {
    Augmentation[] draws = draws(ALL);
    for (int shift = -4; shift <= 4; shift++) {
      int wanted = shift;
      assertThat(frequency(draws, drawn -> drawn.shiftDown() == wanted))
          .isCloseTo(1 / 9.0, within(FREQUENCY_TOLERANCE));
      assertThat(frequency(draws, drawn -> drawn.shiftRight() == wanted))
          .isCloseTo(1 / 9.0, within(FREQUENCY_TOLERANCE));
    }
  }

  @Test
  void aSmallerWindowGoesOverAllOfThePaddedImage() {
    SplittableRandom random = new SplittableRandom(12);
    ImageShape window = new ImageShape(28, 32, 3);
    AugmentationSettings padded = AugmentationSettings.NONE.withCrop(1);
    assertThat(
            IntStream.range(0, 1_000)
                .map(i -> Augmentation.sample(padded, ImageShape.CIFAR, window, random).shiftDown())
                .distinct()
                .sorted())
        .containsExactly(-1, 0, 1, 2, 3, 4, 5);
  }

  @Test
  void everySecondImageIsFlipped() {
    // Five standard deviations of a frequency of one half.
    assertThat(frequency(draws(ALL), Augmentation::flipped)).isCloseTo(0.5, within(0.009));
  }

  @Test
  void cutoutCentresAreUniformOverTheImage() {
    Augmentation[] draws = draws(ALL);
    for (int centre = 0; centre < 32; centre++) {
      int top = centre - 8;
      assertThat(frequency(draws, drawn -> drawn.cutoutTop() == top))
          .isCloseTo(1 / 32.0, within(FREQUENCY_TOLERANCE));
      assertThat(frequency(draws, drawn -> drawn.cutoutLeft() == top))
          .isCloseTo(1 / 32.0, within(FREQUENCY_TOLERANCE));
    }
  }

  @Test
  void nothingIsDrawnWhenAllIsOff() {
    for (Augmentation drawn : draws(AugmentationSettings.NONE)) {
      assertThat(drawn.shiftDown()).isZero();
      assertThat(drawn.shiftRight()).isZero();
      assertThat(drawn.flipped()).isFalse();
      assertThat(drawn.cutoutLength()).isZero();
    }
  }

  @Test
  void switchingCutoutOnLeavesCropsAndFlipsAsTheyWere() {
    Augmentation[] without = draws(AugmentationSettings.CROP_AND_FLIP);
    Augmentation[] with = draws(AugmentationSettings.CROP_AND_FLIP.withCutout(16));
    for (int i = 0; i < DRAWS; i++) {
      assertThat(with[i].shiftDown()).isEqualTo(without[i].shiftDown());
      assertThat(with[i].shiftRight()).isEqualTo(without[i].shiftRight());
      assertThat(with[i].flipped()).isEqualTo(without[i].flipped());
    }
  }

  @Test
  void cropShowsTheShiftedWindowAndBlackOutside() {
    ImageShape shape = new ImageShape(2, 3, 1);
    byte[] image = {1, 2, 3, 4, 5, 6};
    assertThat(Augmentation.crop(image, shape, 1, 0, BLACK)).containsExactly(4, 5, 6, 0, 0, 0);
    assertThat(Augmentation.crop(image, shape, 0, -2, BLACK)).containsExactly(0, 0, 1, 0, 0, 4);
    assertThat(Augmentation.crop(image, shape, -5, 5, BLACK)).containsOnly(0);
  }

  @Test
  void aReflectedCropMirrorsTheImageAtItsBordersWithoutRepeatingThem() {
    ImageShape shape = new ImageShape(2, 3, 1);
    byte[] image = {1, 2, 3, 4, 5, 6};
    assertThat(Augmentation.crop(image, shape, 1, 0, REFLECT)).containsExactly(4, 5, 6, 1, 2, 3);
    assertThat(Augmentation.crop(image, shape, 0, -2, REFLECT)).containsExactly(3, 2, 1, 6, 5, 4);
    assertThat(Augmentation.crop(image, shape, 0, 1, REFLECT)).containsExactly(2, 3, 2, 5, 6, 5);
    // 1 2 3 2 1 2 3: as far away as one likes.
    assertThat(Augmentation.crop(image, shape, 0, 4, REFLECT)).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(Augmentation.crop(image, shape, -400, 402, REFLECT))
        .containsExactly(3, 2, 1, 6, 5, 4);
    assertThat(Augmentation.crop(new byte[] {7, 8}, new ImageShape(2, 1, 1), 1, 9, REFLECT))
        .containsExactly(8, 7);
  }

  private static boolean[] alternating(long seed, int epoch) {
    AugmentationSettings settings = ALL.withFlip(FlipMethod.ALTERNATING);
    boolean[] flipped = new boolean[DRAWS];
    for (int index = 0; index < DRAWS; index++) {
      flipped[index] =
          Augmentation.of(settings, ImageShape.CIFAR, ImageShape.CIFAR, seed, epoch, index)
              .flipped();
    }
    return flipped;
  }

  @Test
  void alternatingFlipsShowEachImageBothWaysInAnyTwoEpochs() {
    boolean[] first = alternating(3, 0);
    boolean[] second = alternating(3, 1);
    long flippedFirst = 0;
    long sameOfAnotherSeed = 0;
    boolean[] ofAnotherSeed = alternating(4, 0);
    for (int index = 0; index < DRAWS; index++) {
      assertThat(second[index]).isEqualTo(!first[index]);
      flippedFirst += first[index] ? 1 : 0;
      sameOfAnotherSeed += first[index] == ofAnotherSeed[index] ? 1 : 0;
    }
    assertThat(alternating(3, 2)).isEqualTo(first);
    assertThat(alternating(3, 7)).isEqualTo(second);
    // Five standard deviations of a frequency of one half.
    assertThat(flippedFirst / (double) DRAWS).isCloseTo(.5, within(.009));
    assertThat(sameOfAnotherSeed / (double) DRAWS).isCloseTo(.5, within(.009));
  }

  @Test
  void howImagesAreFlippedAndFilledLeavesTheOtherDrawsAsTheyWere() {
    AugmentationSettings other =
        ALL.withFlip(FlipMethod.ALTERNATING).withCropFill(CropFill.REFLECT);
    for (int index = 0; index < 500; index++) {
      Augmentation random = Augmentation.of(ALL, ImageShape.CIFAR, ImageShape.CIFAR, 3, 5, index);
      Augmentation drawn = Augmentation.of(other, ImageShape.CIFAR, ImageShape.CIFAR, 3, 5, index);
      assertThat(drawn.shiftDown()).isEqualTo(random.shiftDown());
      assertThat(drawn.shiftRight()).isEqualTo(random.shiftRight());
      assertThat(drawn.cutoutTop()).isEqualTo(random.cutoutTop());
      assertThat(drawn.cutoutLeft()).isEqualTo(random.cutoutLeft());
    }
  }

  @Test
  void flipMirrorsLeftToRightAndKeepsChannelsTogether() {
    byte[] image = {1, 2, 3, 4, 5, 6, 7, 8};
    assertThat(Augmentation.flip(image, new ImageShape(2, 2, 2)))
        .containsExactly(3, 4, 1, 2, 7, 8, 5, 6);
  }

  @Test
  void cutoutBlanksASquareClippedAtTheBorders() {
    assertThat(blanked(8, 8, 16)).isEqualTo(16 * 16);
    assertThat(blanked(-8, -8, 16)).isEqualTo(8 * 8);
    assertThat(blanked(23, 24, 16)).isEqualTo(9 * 8);
    assertThat(blanked(8, 8, 0)).isZero();
    assertThat(blanked(-20, 8, 16)).isZero();
    assertThat(blanked(-1, -1, 99)).isEqualTo(32 * 32);
  }

  /** Pixels that Cutout sets to 0 in an image of ones, none of them outside of it. */
  private static long blanked(int top, int left, int length) {
    int before = 5;
    float[] features = new float[before + ImageShape.CIFAR.size() + 7];
    Arrays.fill(features, 1f);
    Augmentation.cutout(features, before, ImageShape.CIFAR, top, left, length);
    long zeros =
        IntStream.range(before, before + ImageShape.CIFAR.size())
            .filter(i -> features[i] == 0f)
            .count();
    long allZeros = IntStream.range(0, features.length).filter(i -> features[i] == 0f).count();
    assertThat(allZeros).isEqualTo(zeros);
    return zeros / 3;
  }

  @Test
  void refusesNegativeSizes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AugmentationSettings.NONE.withCrop(-1))
        .withMessage("Invalid crop-padding: -1 (must be >= 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AugmentationSettings.NONE.withCutout(-2))
        .withMessage("Invalid cutout-length: -2 (must be >= 0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AugmentationSettings.NONE.withLabelSmoothing(1))
        .withMessage("Invalid label-smoothing: 1.0 (must be in [0, 1))");
  }
}
