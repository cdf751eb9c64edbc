package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.isonorm.data.augmentation.AutoAugment.Step;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.SyntheticDataset;
import org.junit.jupiter.api.Test;

class AutoAugmentTest {
  /** Table 7 of Cubuk et al. 2019, whose names differ in case alone. */
  private static final String TABLE =
      """
      Invert(.1,7) Contrast(.2,6); Rotate(.7,2) TranslateX(.3,9); Sharpness(.8,1) Sharpness(.9,3);
      ShearY(.5,8) TranslateY(.7,9); AutoContrast(.5,8) Equalize(.9,2); ShearY(.2,7) Posterize(.3,7);
      Color(.4,3) Brightness(.6,7); Sharpness(.3,9) Brightness(.7,9); Equalize(.6,5) Equalize(.5,1);
      Contrast(.6,7) Sharpness(.6,5); Color(.7,7) TranslateX(.5,8); Equalize(.3,7) AutoContrast(.4,8);
      TranslateY(.4,3) Sharpness(.2,6); Brightness(.9,6) Color(.2,8); Solarize(.5,2) Invert(0,3);
      Equalize(.2,0) AutoContrast(.6,0); Equalize(.2,8) Equalize(.6,4); Color(.9,9) Equalize(.6,6);
      AutoContrast(.8,4) Solarize(.2,8); Brightness(.1,3) Color(.7,0); Solarize(.4,5) AutoContrast(.9,3);
      TranslateY(.9,9) TranslateY(.7,9); AutoContrast(.9,2) Solarize(.8,3); Equalize(.8,8) Invert(.1,3);
      TranslateY(.7,9) AutoContrast(.9,1)
      """;

  private static final ImageShape SHAPE = ImageShape.CIFAR;

  @Test
  void thePolicyIsThePublishedOne() {
    String policy =
        AutoAugment.CIFAR_POLICY.stream()
            .map(sub -> text(sub.first()) + " " + text(sub.second()))
            .collect(Collectors.joining("; "));
    assertThat(policy).isEqualTo(TABLE.strip().replace('\n', ' ').toLowerCase(Locale.ROOT));
  }

  private static String text(Step step) {
    String name = step.operation().name().replace("_", "").toLowerCase(Locale.ROOT);
    String probability = step.probability() == 0 ? "0" : ("" + step.probability()).substring(1);
    return "%s(%s,%d)".formatted(name, probability, step.magnitude());
  }

  @Test
  void isAFunctionOfImageAndStream() {
    byte[] image = image();
    byte[] once = augmented(image, new SplittableRandom(4));
    assertThat(augmented(image, new SplittableRandom(4))).isEqualTo(once);
    // Two streams may happen to choose the same; not ten of them.
    assertThat(IntStream.range(5, 15).mapToObj(SplittableRandom::new))
        .anyMatch(random -> !Arrays.equals(augmented(image, random), once));
  }

  @Test
  void leavesAnImageAloneAsOftenAsThePolicySays() {
    // The probability that neither step of a sub-policy is carried out, or one without effect.
    double expected =
        AutoAugment.CIFAR_POLICY.stream()
            .mapToDouble(sub -> unchanged(sub.first()) * unchanged(sub.second()))
            .average()
            .orElseThrow();
    byte[] image = image();
    RandomGenerator random = new SplittableRandom(9);
    int draws = 4_000;
    int same = 0;
    for (int i = 0; i < draws; i++) {
      same += Arrays.equals(augmented(image, random), image) ? 1 : 0;
    }
    // Five standard deviations of a frequency of about 0.15.
    assertThat(same / (double) draws).isCloseTo(expected, within(0.028));
  }

  private static double unchanged(Step step) {
    boolean withoutEffect =
        step.operation() == AutoAugment.Operation.COLOR && step.magnitude() == 0
            || step.operation() == AutoAugment.Operation.AUTO_CONTRAST;
    return withoutEffect ? 1 : 1 - step.probability();
  }

  private static byte[] augmented(byte[] image, RandomGenerator random) {
    byte[] augmented = image.clone();
    new AutoAugment(SHAPE).apply(augmented, random);
    return augmented;
  }

  /** Values that reach 0 and 255 in every channel, so that AutoContrast has nothing to do. */
  private static byte[] image() {
    byte[] image = new SyntheticDataset(10, 1).image(Split.TRAIN, 3);
    Arrays.fill(image, 0, 3, (byte) 0);
    Arrays.fill(image, 3, 6, (byte) 255);
    return image;
  }
}
