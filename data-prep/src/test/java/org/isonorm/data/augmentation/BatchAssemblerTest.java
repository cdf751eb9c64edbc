package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.isonorm.data.Stored;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.DatasetManifest;
import org.isonorm.data.shard.Example;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.PartFile;
import org.isonorm.data.shard.RandomStream;
import org.isonorm.data.shard.Resampling;
import org.isonorm.data.shard.Shard;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BatchAssemblerTest {
  private static final ImageShape SHAPE = ImageShape.CIFAR;
  private static final int SIZE = SHAPE.size();
  private static final AugmentationSettings ALL = AugmentationSettings.CROP_AND_FLIP.withCutout(16);

  /** The table rounds once, from double to float. */
  private static final float ROUNDING = 1e-6f;

  private final List<Example> examples = Stored.randomExamples(300, 3);
  private final Shard shard = Stored.shard(examples);
  private final DatasetManifest manifest =
      Stored.manifest(examples, List.of(new PartFile("part-0.parquet", examples.size())));
  private final int[] everyRow = IntStream.range(0, examples.size()).toArray();
  private final float[] labels = new float[examples.size() * Stored.CLASSES];

  private float[] filled(
      AugmentationSettings settings, Shard from, int[] rows, long seed, int epoch) {
    return filled(CenterCrop.NONE, settings, from, rows, seed, epoch);
  }

  private float[] filled(
      CenterCrop crop,
      AugmentationSettings settings,
      Shard from,
      int[] rows,
      long seed,
      int epoch) {
    BatchAssembler assembler = BatchAssembler.of(manifest, crop, settings);
    float[] features = new float[rows.length * assembler.featuresPerExample()];
    assembler.fill(from, rows, seed, epoch, features, labels);
    return features;
  }

  /** The steps one after the other, each in its plain form. */
  private float[] plainly(
      Example example, CenterCrop crop, AugmentationSettings settings, long seed, int epoch) {
    ImageShape seen = crop.of(SHAPE);
    ImageShape from = SHAPE;
    byte[] image = example.image();
    if (settings.randomResizedCrop().probability() > 0) {
      Rectangle window =
          settings
              .randomResizedCrop()
              .sample(
                  SHAPE,
                  seen,
                  RandomStream.RANDOM_RESIZED_CROP.generator(seed, epoch, example.index()));
      image = resized(image, window, seen);
      from = seen;
    }
    Augmentation drawn = Augmentation.of(settings, from, seen, seed, epoch, example.index());
    image =
        Augmentation.crop(
            image, from, seen, drawn.shiftDown(), drawn.shiftRight(), settings.cropFill());
    if (drawn.flipped()) {
      image = Augmentation.flip(image, seen);
    }
    if (settings.colorJitter().isOn()) {
      byte[] jittered = image;
      settings
          .colorJitter()
          .sample(RandomStream.COLOR_JITTER.generator(seed, epoch, example.index()))
          .forEach(change -> change.apply(new ImageOperations(seen), jittered));
    }
    if (settings.autoAugment()) {
      new AutoAugment(seen)
          .apply(image, RandomStream.AUTO_AUGMENT.generator(seed, epoch, example.index()));
    }
    float[] features = new float[seen.size()];
    for (int i = 0; i < features.length; i++) {
      double mean = manifest.mean().get(i % 3);
      double std = manifest.std().get(i % 3);
      features[i] = (float) (((image[i] & 0xff) / 255.0 - mean) / std);
    }
    Augmentation.cutout(
        features, 0, seen, drawn.cutoutTop(), drawn.cutoutLeft(), drawn.cutoutLength());
    settings
        .randomErasing()
        .sample(seen, RandomStream.RANDOM_ERASING.generator(seed, epoch, example.index()))
        .blank(features, 0, seen);
    return features;
  }

  /** A window pixel by pixel, then Pillow's filter. */
  private static byte[] resized(byte[] image, Rectangle window, ImageShape to) {
    byte[] part = new byte[window.height() * window.width() * 3];
    for (int i = 0; i < part.length; i++) {
      int row = window.top() + i / (3 * window.width());
      int column = window.left() + i / 3 % window.width();
      part[i] = image[(row * SHAPE.width() + column) * 3 + i % 3];
    }
    return Resampling.of(
            new ImageShape(window.height(), window.width(), 3), to.height(), to.width())
        .resize(part);
  }

  @Tag("long")
  @Test
  void equalsThePlainStepsOneAfterTheOther() {
    for (AugmentationSettings settings :
        List.of(
            AugmentationSettings.NONE,
            AugmentationSettings.CROP_AND_FLIP,
            ALL,
            ALL.withAutoAugment(true),
            ALL.withAutoAugment(true).withRandomErasing(RandomErasing.SQUARE),
            AugmentationSettings.NONE.withRandomErasing(RandomErasing.ORIGINAL),
            AugmentationSettings.NONE.withCrop(40).withAutoAugment(true),
            AugmentationSettings.NONE.withFlip(FlipMethod.RANDOM).withCutout(7),
            AugmentationSettings.NONE.withCrop(40).withFlip(FlipMethod.RANDOM),
            ALL.withFlip(FlipMethod.ALTERNATING),
            ALL.withCropFill(CropFill.REFLECT),
            ALL.withCrop(90).withCropFill(CropFill.REFLECT).withAutoAugment(true),
            AugmentationSettings.NONE.withCropFill(CropFill.REFLECT),
            ALL.withColorJitter(ColorJitter.USUAL),
            ALL.withColorJitter(new ColorJitter(0, 0, 0, .5)).withAutoAugment(true),
            AugmentationSettings.NONE
                .withRandomResizedCrop(RandomResizedCrop.USUAL)
                .withFlip(FlipMethod.RANDOM),
            ALL.withCrop(0)
                .withRandomResizedCrop(RandomResizedCrop.USUAL.withProbability(0.5))
                .withAutoAugment(true))) {
      for (CenterCrop crop : List.of(CenterCrop.NONE, new CenterCrop(25))) {
        float[] features = filled(crop, settings, shard, everyRow, 5, 2);
        int size = crop.of(SHAPE).size();
        for (int row : everyRow) {
          assertThat(Arrays.copyOfRange(features, row * size, (row + 1) * size))
              .as("row %d under %s and %s", row, crop, settings)
              .isEqualTo(plainly(examples.get(row), crop, settings, 5, 2));
        }
      }
    }
  }

  /** torchvision.transforms.functional.center_crop(images, [25]), which begins at 4 of 3.5. */
  @Test
  void evaluationAndTrainingWithoutCropSeeTheMiddle() {
    CenterCrop crop = new CenterCrop(25);
    BatchAssembler assembler = BatchAssembler.of(manifest, crop, AugmentationSettings.NONE);
    float[] features = new float[25 * 25 * 3];
    assembler.fillForEvaluation(shard, new int[] {7}, features, labels);
    float[] whole = filled(AugmentationSettings.NONE, shard, new int[] {7}, 5, 2);
    for (int row = 0; row < 25; row++) {
      assertThat(Arrays.copyOfRange(features, row * 75, (row + 1) * 75))
          .isEqualTo(
              Arrays.copyOfRange(whole, ((row + 4) * 32 + 4) * 3, ((row + 4) * 32 + 29) * 3));
    }
    assertThat(filled(crop, AugmentationSettings.NONE, shard, new int[] {7}, 5, 2))
        .isEqualTo(features);
    assembler.normalize(examples.get(7).image(), features, 0);
    assertThat(filled(crop, AugmentationSettings.NONE, shard, new int[] {7}, 5, 2))
        .isEqualTo(features);
  }

  @Test
  void refusesAMiddleLargerThanTheImages() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> BatchAssembler.of(manifest, new CenterCrop(33), AugmentationSettings.NONE))
        .withMessage("Invalid center-crop: 33 (must be at most the sides of the images, 32x32)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CenterCrop(-1))
        .withMessage("Invalid center-crop: -1 (must be >= 0)");
  }

  @Test
  void normalizesByTheTrainingSplitsStatistics() {
    float[] features = new float[SIZE];
    BatchAssembler.of(manifest, CenterCrop.NONE, ALL)
        .fillForEvaluation(shard, new int[] {7}, features, labels);
    byte[] image = examples.get(7).image();
    for (int i = 0; i < SIZE; i++) {
      double value =
          ((image[i] & 0xff) / 255.0 - manifest.mean().get(i % 3)) / manifest.std().get(i % 3);
      assertThat(features[i]).isCloseTo((float) value, within(ROUNDING));
    }
  }

  @Test
  void padsWithBlackAndNotWithTheMean() {
    byte[] white = new byte[SIZE];
    Arrays.fill(white, (byte) 255);
    Shard whites = Stored.shard(Collections.nCopies(1, new Example(0, white, 0, 0)));
    AugmentationSettings farCrop = AugmentationSettings.NONE.withCrop(500);
    float[] features = filled(farCrop, whites, new int[] {0}, 1, 0);
    assertThat(features[0]).isEqualTo((float) (-0.5 / 0.25));
    assertThat(features[1]).isEqualTo((float) (-0.25 / 0.5));
  }

  @Test
  void whatAnExampleGetsDependsOnItsIndexAloneAndNotOnBatchOrShard() {
    float[] all = filled(ALL, shard, everyRow, 5, 2);
    Shard other = Stored.shard(examples.subList(100, 200));
    float[] some = filled(ALL, other, new int[] {50, 3}, 5, 2);
    assertThat(Arrays.copyOfRange(some, 0, SIZE))
        .isEqualTo(Arrays.copyOfRange(all, 150 * SIZE, 151 * SIZE));
    assertThat(Arrays.copyOfRange(some, SIZE, 2 * SIZE))
        .isEqualTo(Arrays.copyOfRange(all, 103 * SIZE, 104 * SIZE));
  }

  @Test
  void everyEpochAndSeedAugmentsAnew() {
    float[] features = filled(ALL, shard, everyRow, 5, 2);
    assertThat(filled(ALL, shard, everyRow, 5, 2)).isEqualTo(features);
    assertThat(filled(ALL, shard, everyRow, 5, 3)).isNotEqualTo(features);
    assertThat(filled(ALL, shard, everyRow, 6, 2)).isNotEqualTo(features);
  }

  @Test
  void fillsPartOfAnOrderAndLeavesTheRestOfTheArraysAlone() {
    float[] features = new float[3 * SIZE];
    float[] threeLabels = new float[3 * Stored.CLASSES];
    Arrays.fill(features, 9f);
    Arrays.fill(threeLabels, 9f);
    BatchAssembler assembler = BatchAssembler.of(manifest, CenterCrop.NONE, ALL);
    assembler.fill(shard, everyRow, 40, 2, 5, 2, features, threeLabels);
    float[] expected = filled(ALL, shard, new int[] {40, 41}, 5, 2);
    assertThat(Arrays.copyOf(features, 2 * SIZE)).isEqualTo(expected);
    assertThat(Arrays.copyOfRange(features, 2 * SIZE, 3 * SIZE)).containsOnly(9f);
    assertThat(Arrays.copyOfRange(threeLabels, 2 * Stored.CLASSES, 3 * Stored.CLASSES))
        .containsOnly(9f);
  }

  @Test
  void labelsAreOneHot() {
    Arrays.fill(labels, 9f);
    filled(ALL, shard, everyRow, 5, 2);
    for (int row : everyRow) {
      for (int label = 0; label < Stored.CLASSES; label++) {
        assertThat(labels[row * Stored.CLASSES + label])
            .isEqualTo(label == examples.get(row).label() ? 1f : 0f);
      }
    }
  }

  @Test
  void smoothedLabelsAreDistributionsForTrainingAlone() {
    float[] features = filled(ALL.withLabelSmoothing(0.1), shard, new int[] {3}, 5, 2);
    for (int label = 0; label < Stored.CLASSES; label++) {
      assertThat(labels[label])
          .isCloseTo(label == examples.get(3).label() ? 0.91f : 0.01f, within(ROUNDING));
    }
    BatchAssembler.of(manifest, CenterCrop.NONE, ALL.withLabelSmoothing(0.1))
        .fillForEvaluation(shard, new int[] {3}, features, labels);
    assertThat(labels[examples.get(3).label()]).isEqualTo(1);
  }

  @Test
  void mixesWhatWasFilled() {
    AugmentationSettings mixup =
        ALL.withMixing(new MixingSettings(MixingMethod.MIXUP, 1, 1)).withLabelSmoothing(0.1);
    BatchAssembler assembler = BatchAssembler.of(manifest, CenterCrop.NONE, mixup);
    int[] rows = {8, 9, 10, 11};
    float[] batch = filled(mixup, shard, rows, 5, 2);
    float[] batchLabels = Arrays.copyOf(labels, rows.length * Stored.CLASSES);
    float[] mixed = batch.clone();
    float[] mixedLabels = batchLabels.clone();

    BatchMix mix = assembler.mix(5, 2, 1, 7, mixed, mixedLabels);

    BatchMix.sample(mixup.mixing(), SHAPE, rows.length, 5, 2, 1, 7)
        .apply(SHAPE, Stored.CLASSES, batch, batchLabels);
    assertThat(mix).isInstanceOf(BatchMix.Mixup.class);
    assertThat(mixed).isEqualTo(batch);
    assertThat(mixedLabels).isEqualTo(batchLabels);
  }

  @Test
  void switchingAutoAugmentOrErasingOnLeavesTheOtherStepsAsTheyWere() {
    float[] plain = filled(AugmentationSettings.CROP_AND_FLIP, shard, everyRow, 5, 2);
    float[] erased =
        filled(
            AugmentationSettings.CROP_AND_FLIP.withRandomErasing(RandomErasing.SQUARE),
            shard,
            everyRow,
            5,
            2);
    int kept = 0;
    for (int i = 0; i < plain.length; i++) {
      assertThat(erased[i] == plain[i] || erased[i] == 0).isTrue();
      kept += erased[i] == plain[i] ? 1 : 0;
    }
    assertThat(kept).isBetween(plain.length / 2, plain.length - 1);
  }

  @Test
  void colorJitterNeedsColours() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                AugmentationSettings.NONE
                    .withColorJitter(ColorJitter.USUAL)
                    .check(new ImageShape(8, 8, 1)))
        .withMessage(
            "Invalid color-jitter for images of 1 channel (must be 3, red, green and blue; switch"
                + " it off, or ingest the images with channels 3)");
  }

  @Test
  void autoAugmentNeedsColours() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                BatchAssembler.of(
                    new ImageShape(8, 8, 1),
                    CenterCrop.NONE,
                    10,
                    List.of(0.5),
                    List.of(0.5),
                    AugmentationSettings.NONE.withAutoAugment(true)))
        .withMessage(
            "Invalid auto-augment for images of 1 channel (must be 3, red, green and blue; switch"
                + " it off, or ingest the images with channels 3)");
  }

  @Test
  void refusesArraysThatAreTooSmall() {
    BatchAssembler assembler = BatchAssembler.of(manifest, CenterCrop.NONE, ALL);
    int[] rows = {0, 1};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assembler.fill(shard, rows, 1, 0, new float[SIZE], labels))
        .withMessage("Invalid features array: 3072 floats (a batch of 2 needs 6144)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> assembler.fillForEvaluation(shard, rows, new float[2 * SIZE], new float[11]))
        .withMessage("Invalid labels array: 11 floats (a batch of 2 needs 20)");
  }

  @Test
  void refusesImagesOfAnotherShape() {
    Shard small = new Shard(new ImageShape(2, 2, 3), 0, new byte[12], new int[1], new long[1]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> filled(ALL, small, new int[] {0}, 1, 0))
        .withMessageStartingWith("Invalid shard: its images are");
  }
}
