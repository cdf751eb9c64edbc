package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.isonorm.data.augmentation.BatchMix.CutMix;
import org.isonorm.data.augmentation.BatchMix.ManifoldMixup;
import org.isonorm.data.augmentation.BatchMix.Mixup;
import org.isonorm.data.augmentation.BatchMix.ResizeMix;
import org.isonorm.data.augmentation.BatchMix.Unmixed;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BatchMixTest {
  private static final ImageShape SHAPE = new ImageShape(6, 8, 3);
  private static final int EXAMPLES = 5;
  private static final int CLASSES = 4;
  private static final int[] PARTNERS = {1, 2, 0, 3, 4};

  /** Sums of two or three floats near 1. */
  private static final float ROUNDING = 1e-6f;

  private final float[] features = new float[EXAMPLES * SHAPE.size()];
  private final float[] labels = new float[EXAMPLES * CLASSES];

  BatchMixTest() {
    for (int i = 0; i < EXAMPLES; i++) {
      // Image i is i + 1 everywhere, its class is i mod 4.
      Arrays.fill(features, i * SHAPE.size(), (i + 1) * SHAPE.size(), i + 1f);
      labels[i * CLASSES + i % CLASSES] = 1;
    }
  }

  private static BatchMix sample(MixingSettings settings, int epoch, int worker, int step) {
    return BatchMix.sample(settings, SHAPE, EXAMPLES, 1, epoch, worker, step);
  }

  private static MixingSettings always(MixingMethod method) {
    return new MixingSettings(method, 1, 1);
  }

  private float[] label(int example) {
    return Arrays.copyOfRange(labels, example * CLASSES, (example + 1) * CLASSES);
  }

  private float[] image(int example) {
    return Arrays.copyOfRange(features, example * SHAPE.size(), (example + 1) * SHAPE.size());
  }

  @Test
  void mixupAveragesImagesAndLabels() {
    new Mixup(0.75, PARTNERS).apply(SHAPE, CLASSES, features, labels);

    assertThat(image(0)).containsOnly(0.75f * 1 + 0.25f * 2);
    assertThat(image(1)).containsOnly(0.75f * 2 + 0.25f * 3);
    assertThat(image(2)).containsOnly(0.75f * 3 + 0.25f * 1);
    assertThat(image(3)).containsOnly(4f);
    assertThat(label(0)).containsExactly(0.75f, 0.25f, 0, 0);
    assertThat(label(2)).containsExactly(0.25f, 0, 0.75f, 0);
    assertThat(label(3)).containsExactly(0, 0, 0, 1);
  }

  @Test
  void cutMixTakesTheBoxFromThePartnerAndWeighsLabelsByItsArea() {
    new CutMix(new Rectangle(2, 3, 3, 4), PARTNERS).apply(SHAPE, CLASSES, features, labels);

    for (int row = 0; row < SHAPE.height(); row++) {
      for (int column = 0; column < SHAPE.width(); column++) {
        boolean inside = row >= 2 && row < 5 && column >= 3 && column < 7;
        for (int channel = 0; channel < 3; channel++) {
          int i = (row * SHAPE.width() + column) * 3 + channel;
          assertThat(image(0)[i]).isEqualTo(inside ? 2 : 1);
          assertThat(image(2)[i]).isEqualTo(inside ? 1 : 3);
        }
      }
    }
    assertThat(label(0)).containsExactly(0.75f, 0.25f, 0, 0);
  }

  @Test
  void resizeMixPastesTheWholePartnerAndWeighsItsLabelByTheScaleSquared() {
    // Example 1's left half is 2 and its right half 10.
    for (int i = SHAPE.size(); i < 2 * SHAPE.size(); i++) {
      boolean right = Math.floorMod(Math.floorDiv(i, 3), SHAPE.width()) >= 4;
      features[i] = right ? 10 : 2;
    }
    new ResizeMix(0.5, new Rectangle(3, 4, 3, 4), PARTNERS).apply(SHAPE, CLASSES, features, labels);

    float[] mixed = image(0);
    for (int row = 0; row < SHAPE.height(); row++) {
      for (int column = 0; column < SHAPE.width(); column++) {
        float value = mixed[(row * SHAPE.width() + column) * 3];
        if (row < 3 || column < 4) {
          assertThat(value).isEqualTo(1);
        } else if (column == 4 || column == 7) {
          assertThat(value).isCloseTo(column == 4 ? 2 : 10, within(1e-5f));
        } else {
          assertThat(value).isBetween(2f, 10f);
        }
      }
    }
    assertThat(label(0)).containsExactly(0.75f, 0.25f, 0, 0);
  }

  @Test
  void manifoldMixupMixesLabelsAndOfTheLayersTheImagesAlone() {
    float[] before = features.clone();
    new ManifoldMixup(2, 0.75, PARTNERS).apply(SHAPE, CLASSES, features, labels);
    assertThat(features).isEqualTo(before);
    assertThat(label(0)).containsExactly(0.75f, 0.25f, 0, 0);

    new ManifoldMixup(0, 0.75, PARTNERS).apply(SHAPE, CLASSES, features, labels);
    assertThat(image(0)).containsOnly(1.25f);
  }

  @ParameterizedTest
  @EnumSource
  void labelsStayDistributions(MixingMethod method) {
    for (int step = 0; step < 50; step++) {
      sample(always(method), 0, 0, step).apply(SHAPE, CLASSES, features, labels);
      for (int i = 0; i < EXAMPLES; i++) {
        float sum = 0;
        for (float share : label(i)) {
          assertThat(share).isNotNegative();
          sum += share;
        }
        // Fifty mixes add up their rounding.
        assertThat(sum).isCloseTo(1, within(50 * ROUNDING));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void isAFunctionOfSeedEpochWorkerAndStep(MixingMethod method) {
    List<float[]> mixed =
        IntStream.of(0, 0, 1, 2, 3)
            .mapToObj(
                which -> {
                  float[] copy = features.clone();
                  float[] copyOfLabels = labels.clone();
                  sample(always(method), which == 1 ? 1 : 0, which == 2 ? 1 : 0, which == 3 ? 1 : 0)
                      .apply(SHAPE, CLASSES, copy, copyOfLabels);
                  return copyOfLabels;
                })
            .toList();
    assertThat(mixed.get(0)).isEqualTo(mixed.get(1));
    for (int other = 2; other < mixed.size(); other++) {
      assertThat(mixed.get(0)).isNotEqualTo(mixed.get(other));
    }
  }

  @Test
  void mixesAsManyBatchesAsItsProbabilitySays() {
    MixingSettings half = new MixingSettings(MixingMethod.CUTMIX, 0.5, 1);
    long mixed =
        IntStream.range(0, 4_000)
            .filter(step -> !(sample(half, 0, 0, step) instanceof Unmixed))
            .count();
    // Five standard deviations of a frequency of one half.
    assertThat(mixed / 4_000.0).isCloseTo(0.5, within(0.04));
    assertThat(sample(MixingSettings.NONE, 0, 0, 0)).isInstanceOf(Unmixed.class);
  }

  @Test
  void cutMixBoxesAreClippedAndLambdaIsWhatIsLeft() {
    ImageShape shape = ImageShape.CIFAR;
    double sum = 0;
    int draws = 2_000;
    for (int step = 0; step < draws; step++) {
      CutMix mix = (CutMix) BatchMix.sample(always(MixingMethod.CUTMIX), shape, 2, 1, 0, 0, step);
      assertThat(mix.box().within(shape)).isEqualTo(mix.box());
      assertThat(mix.lambda(shape)).isEqualTo(1 - mix.box().height() * mix.box().width() / 1024.0);
      sum += mix.lambda(shape);
    }
    // λ ~ U(0, 1) has mean ½ before clipping, which leaves more of the own image.
    assertThat(sum / draws).isBetween(0.55, 0.75);
  }

  @Test
  void resizeMixBoxesLieInsideWithSidesOfATenthToFourFifths() {
    ImageShape shape = ImageShape.CIFAR;
    for (int step = 0; step < 2_000; step++) {
      ResizeMix mix =
          (ResizeMix) BatchMix.sample(always(MixingMethod.RESIZEMIX), shape, 2, 1, 0, 0, step);
      assertThat(mix.box().within(shape)).isEqualTo(mix.box());
      assertThat(mix.scale()).isBetween(0.1, 0.8);
      assertThat(mix.box().height()).isEqualTo((int) (32 * mix.scale()));
    }
  }

  @Test
  void manifoldMixupTakesEveryLayerEquallyOften() {
    MixingSettings settings = new MixingSettings(MixingMethod.MANIFOLD_MIXUP, 1, 2);
    int[] counts = new int[ManifoldMixup.LAYERS];
    for (int step = 0; step < 3_000; step++) {
      ManifoldMixup mix = (ManifoldMixup) sample(settings, 0, 0, step);
      counts[mix.layer()]++;
      assertThat(mix.partners()).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    }
    for (int count : counts) {
      // Five standard deviations of a frequency of a third.
      assertThat(count / 3_000.0).isCloseTo(1 / 3.0, within(0.043));
    }
  }

  /** Mean ½ and variance 1/(4(2α + 1)). */
  @ParameterizedTest
  @CsvSource({"0.2", "1", "2"})
  void lambdaHasTheMomentsOfItsBetaDistribution(double alpha) {
    SplittableRandom random = new SplittableRandom(6);
    int draws = 40_000;
    double[] values =
        IntStream.range(0, draws)
            .mapToDouble(i -> BetaDistribution.sample(alpha, random))
            .toArray();
    double mean = Arrays.stream(values).average().orElseThrow();
    double variance = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / draws;
    assertThat(Arrays.stream(values).allMatch(value -> value >= 0 && value <= 1)).isTrue();
    // Five standard errors of the mean for the widest, α = 0.2; of the variance likewise.
    assertThat(mean).isCloseTo(0.5, within(0.0107));
    assertThat(variance).isCloseTo(1 / (4 * (2 * alpha + 1)), within(0.003));
  }

  @Test
  void refusesNumbersThatMakeNoSense() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MixingSettings(MixingMethod.MIXUP, -1, 1))
        .withMessage("Invalid mixing probability: -1.0 (must be in [0, 1])");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MixingSettings(MixingMethod.MIXUP, 1, 0))
        .withMessage("Invalid mixing alpha: 0.0 (must be > 0 and finite)");
  }
}
