package org.isonorm.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import org.isonorm.data.GoldenImages;
import org.isonorm.data.ImageFiles;
import org.isonorm.data.shard.ImageShape;
import org.junit.jupiter.api.Test;

class DecodedImageTest {
  /** JPEG at its default quality changes smooth colours by a few levels. */
  private static final int JPEG_LEVELS = 24;

  @Test
  void readsPngByteForByte() throws IOException {
    DecodedImage image = DecodedImage.decode(ImageFiles.png(5, 9, 3), "x.png");
    assertThat(image.shape()).isEqualTo(new ImageShape(5, 9, 3));
    assertThat(image.pixels()).isEqualTo(ImageFiles.pixels(5, 9, 3));
    ImageFileSettings nine = new ImageFileSettings(9, 0.5);
    assertThat(DecodedImage.decode(ImageFiles.png(5, 9, 3), "x.png", nine).shape())
        .isEqualTo(new ImageShape(9, 9, 3));
  }

  @Test
  void readsJpeg() throws IOException {
    byte[] file = ImageFiles.encode(ImageFiles.picture(16, 24, 3), "jpg");
    DecodedImage image = DecodedImage.decode(file, "x.jpg");
    assertThat(image.shape()).isEqualTo(new ImageShape(16, 24, 3));
    assertThat(GoldenImages.difference(image.pixels(), ImageFiles.pixels(16, 24, 3)))
        .isLessThanOrEqualTo(JPEG_LEVELS);
  }

  @Test
  void greyStaysAsDarkAsItIs() throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY}) {
      BufferedImage grey = new BufferedImage(4, 4, type);
      int sample = type == BufferedImage.TYPE_BYTE_GRAY ? 100 : 100 << 8 | 31;
      for (int i = 0; i < 16; i++) {
        grey.getRaster().setSample(i % 4, Math.floorDiv(i, 4), 0, sample);
      }
      byte[] expected = new byte[48];
      Arrays.fill(expected, (byte) 100);
      assertThat(DecodedImage.decode(ImageFiles.encode(grey, "png"), "grey.png").pixels())
          .isEqualTo(expected);
    }
  }

  @Test
  void dropsTransparency() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x40102030);
    image.setRGB(1, 0, 0xff405060);
    assertThat(DecodedImage.decode(ImageFiles.encode(image, "png"), "x.png").pixels())
        .containsExactly(0x10, 0x20, 0x30, 0x40, 0x50, 0x60);
  }

  @Test
  void namesWhatItCannotRead() {
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(new byte[] {1, 2, 3}, "x.png"))
        .withMessage(
            "Cannot read image x.png: it is no PNG, JPEG, WebP, GIF, BMP or TIFF file (convert it to PNG)");
    byte[] half = Arrays.copyOf(ImageFiles.png(50, 50, 1), 60);
    assertThatIOException()
        .isThrownBy(() -> DecodedImage.decode(half, "half.png"))
        .withMessageStartingWith("Cannot read image half.png: ");
  }
}
