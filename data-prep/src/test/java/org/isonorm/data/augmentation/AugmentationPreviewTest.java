package org.isonorm.data.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.util.List;
import org.isonorm.data.augmentation.AugmentationPreview.Sheet;
import org.isonorm.data.shard.CenterCrop;
import org.isonorm.data.shard.ImageShape;
import org.isonorm.data.shard.Shard;
import org.isonorm.data.shard.Split;
import org.isonorm.data.source.SyntheticDataset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentationPreviewTest {
  private static final SyntheticDataset IMAGES = new SyntheticDataset(10, 1);

  /** A margin of 16, a title of 15 and 8 pixels below it. */
  private static final int LEFT = 16;

  private static final int TOP = 16 + 15 + 8;

  @Test
  void showsImagesAsTheyAreWhereNothingIsDoneToThem() {
    Shard shard = IMAGES.shard(Split.TRAIN, AugmentationPreview.EXAMPLES);
    BufferedImage picture =
        AugmentationPreview.render(
            shard,
            CenterCrop.NONE,
            10,
            List.of(new Sheet("original", AugmentationSettings.NONE, 0)),
            1);

    for (int example : new int[] {0, 9, 63}) {
      byte[] image = IMAGES.image(Split.TRAIN, example);
      for (int pixel = 0; pixel < 1_024; pixel++) {
        int x = LEFT + example % 8 * 66 + pixel % 32 * 2;
        int y = TOP + Math.floorDiv(example, 8) * 66 + Math.floorDiv(pixel, 32) * 2;
        int rgb =
            (image[3 * pixel] & 0xff) << 16
                | (image[3 * pixel + 1] & 0xff) << 8
                | image[3 * pixel + 2] & 0xff;
        assertThat(picture.getRGB(x, y) & 0xffffff).isEqualTo(rgb);
        assertThat(picture.getRGB(x + 1, y + 1) & 0xffffff).isEqualTo(rgb);
      }
    }
  }

  @Test
  void thereIsASheetForEveryAugmentationAndWhatIsConfigured() {
    assertThat(
            AugmentationPreview.sheets(
                AugmentationSettings.CROP_AND_FLIP
                    .withCutout(8)
                    .withMixing(new MixingSettings(MixingMethod.MIXUP, 1, .2)),
                ImageShape.CIFAR))
        .extracting(Sheet::title)
        .containsExactly(
            "original",
            "crop, padding 4",
            "resized crop",
            "flip",
            "color jitter",
            "autoaugment",
            "cutout 8",
            "random erasing, original",
            "random erasing, square",
            "mixup, alpha 0.2",
            "cutmix, alpha 1.0",
            "resizemix",
            "configured, epoch 1",
            "configured, epoch 2");
  }

  @Test
  void cropAndFlipAreShownAsTheyAreConfigured() {
    assertThat(
            AugmentationPreview.sheets(
                AugmentationSettings.NONE
                    .withCrop(2)
                    .withCropFill(CropFill.REFLECT)
                    .withFlip(FlipMethod.ALTERNATING),
                ImageShape.CIFAR))
        .extracting(Sheet::title)
        .contains("crop, padding 2, reflected", "flip, alternating");
  }

  @ParameterizedTest
  @CsvSource({"1, c8c8c8", "2, c8c8c8", "4, c86432"})
  void takesImagesOfAnyChannelsAndSize(int channels, String colour) {
    ImageShape shape = new ImageShape(20, 10, channels);
    int count = AugmentationPreview.EXAMPLES;
    byte[] images = new byte[count * shape.size()];
    byte[] pixel = {(byte) 200, 100, 50, 7};
    for (int i = 0; i < images.length; i++) {
      images[i] = pixel[i % channels];
    }
    Shard shard = new Shard(shape, 0, images, new int[count], new long[count]);
    List<Sheet> sheets =
        AugmentationPreview.sheets(AugmentationSettings.NONE, new ImageShape(8, 8, channels));

    BufferedImage picture = AugmentationPreview.render(shard, new CenterCrop(8), 2, sheets, 1);

    assertThat(sheets).extracting(Sheet::title).doesNotContain("autoaugment", "color jitter");
    assertThat(picture.getWidth()).isEqualTo(4 * (8 * (8 * 8 + 2) + 16) + 16);
    assertThat(picture.getRGB(LEFT, TOP) & 0xffffff).isEqualTo(Integer.parseInt(colour, 16));
  }

  @Test
  void needsEnoughImages() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                AugmentationPreview.render(
                    IMAGES.shard(Split.TRAIN, 63), CenterCrop.NONE, 10, List.of(), 1))
        .withMessage("Invalid data set for a preview: 63 images (must be at least 64)");
  }
}
